// The API docs: one spec at a time in Swagger UI, with the keys of a world filled in. Only this page loads the viewer.

import { api, byId, el, inWorld } from "../static/api.js";

const CONTROL = "_simulator"; // the spec of the control API
const query = new URLSearchParams(location.search);
const choice = { provider: query.get("provider"), world: query.get("world") || "default" };

function option(value, text, chosen) {
  return el("option", { value, selected: value === chosen }, text);
}

/** Return a key of the world that has the form of a security scheme. */
function keyOf(scheme, keys) {
  const pattern = new RegExp(`^(?:${scheme["x-key-pattern"].replaceAll("(?P<", "(?<")})$`);
  return keys.find((key) => pattern.test(key));
}

/** Fill in the keys, so that requests can be sent at once; of several headers for the same key, the first. */
function authorize(viewer, spec, keys) {
  const used = new Set();
  for (const [name, scheme] of Object.entries(spec.components?.securitySchemes ?? {})) {
    const key = keyOf(scheme, keys);
    if (key && !used.has(key)) viewer.preauthorizeApiKey(name, key);
    used.add(key);
  }
}

/** Show the id of a request, by which the console and `simulator explain` find it. */
function note(response) {
  const id = response.headers?.["x-simulator-request"];
  if (id) byId("last").replaceChildren("Last request: ", el("a", { href: `./#${new URLSearchParams({ world: choice.world, request: id })}` }, id));
  return response;
}

async function show() {
  const { provider, world } = choice;
  history.replaceState(null, "", `?${new URLSearchParams(choice)}${location.hash}`);
  byId("console").href = `./#world=${encodeURIComponent(world)}`;
  byId("last").replaceChildren();
  try {
    const [spec, held] = await Promise.all([
      api("GET", provider === CONTROL ? `specs/${provider}` : `specs/${provider}?world=${encodeURIComponent(world)}`),
      api("GET", inWorld(world)),
    ]);
    const keys = provider === CONTROL ? [sessionStorage.getItem("simulator-token")].filter(Boolean) : held.providers[provider].keys;
    const place = el("div");
    byId("viewer").replaceChildren(place);
    const viewer = SwaggerUIBundle({
      spec,
      domNode: place,
      deepLinking: true,
      docExpansion: "list",
      defaultModelsExpandDepth: 0,
      filter: true,
      tryItOutEnabled: true,
      validatorUrl: null,
      responseInterceptor: note,
      onComplete: () => authorize(viewer, spec, keys),
    });
  } catch (error) {
    byId("viewer").replaceChildren(el("p", { class: "error", role: "alert" }, error.message));
  }
}

async function start() {
  if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark-mode");
  const [{ providers }, { worlds }] = await Promise.all([api("GET", "providers"), api("GET", "worlds")]);
  choice.provider ??= providers[0].name;
  const specs = [...providers.map(({ name, title }) => [name, title]), [CONTROL, "Control API"]];
  byId("provider").replaceChildren(...specs.map(([name, title]) => option(name, title, choice.provider)));
  byId("world").replaceChildren(...worlds.map(({ name }) => option(name, name, choice.world)));
  for (const name of ["provider", "world"]) {
    byId(name).addEventListener("change", (event) => {
      choice[name] = event.target.value;
      history.replaceState(null, "", location.pathname); // an operation of the former spec
      show();
    });
  }
  await show();
}

start();
