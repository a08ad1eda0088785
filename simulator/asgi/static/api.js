// Elements and tables without markup, and the control API. Whatever a client put into a world becomes text, never HTML.

export const byId = (id) => document.getElementById(id);

/** Make an element. Strings become text nodes; `on…` properties become listeners. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined).map(String_));
  return element;
}

const String_ = (child) => (child instanceof Node ? child : String(child));

export const json = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

export const mode = document.documentElement.dataset.mode;
export const mayAct = mode === "on";

let token = sessionStorage.getItem("simulator-token") ?? "";
let asking = null;

/** Ask for the admin token, once for all requests that lack it. */
function ask() {
  asking ??= new Promise((resolve) => {
    const dialog = byId("token");
    dialog.addEventListener("close", () => {
      token = byId("token-value").value.trim();
      sessionStorage.setItem("simulator-token", token);
      asking = null;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

/** Send a request below /_simulator/ and return the response; asks for the admin token where one is required. */
export async function send(method, path, { body, headers = {}, signal } = {}) {
  for (;;) {
    const used = token;
    const all = { ...headers };
    if (used) all["Authorization"] = `Bearer ${used}`;
    if (body !== undefined) all["Content-Type"] = "application/json";
    const response = await fetch(path, { method, headers: all, signal, body: body === undefined ? undefined : JSON.stringify(body) });
    if (response.status !== 401) return response;
    if (used === token) await ask();
  }
}

/** Send a request to the control API and return the body. Throws an Error with the detail of a refusal. */
export async function api(method, path, body) {
  const response = await send(method, path, { body });
  const text = await response.text();
  const content = text ? JSON.parse(text) : null;
  if (!response.ok) {
    const error = new Error(content?.detail ?? `${response.status} ${response.statusText}`);
    error.status = response.status;
    throw error;
  }
  return content;
}

export const inWorld = (world, path = "") => `worlds/${encodeURIComponent(world)}${path}`;

let hiding = 0;

/** Show a sentence at the top for a while. */
export function notify(text, isError = false) {
  const notice = byId("notice");
  notice.textContent = text;
  notice.className = isError ? "error" : "";
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { notice.hidden = true; }, isError ? 10000 : 4000);
}

/** Run an action; a refusal is shown. */
export async function attempt(action, success) {
  try {
    const result = await action();
    if (success) notify(success);
    return result;
  } catch (error) {
    notify(error.message, true);
    return undefined;
  }
}

/** Return a button that acts on a world; null where the console only reads. */
export function actButton(label, action, properties = {}) {
  return mayAct ? el("button", { type: "button", onclick: action, ...properties }, label) : null;
}

/** Return a button that copies a text; pages without a secure context have no clipboard, there it selects the text. */
export function copyButton(label, text) {
  return el("button", {
    type: "button",
    onclick: async () => {
      const value = typeof text === "function" ? await attempt(text) : text;
      if (value === undefined) return;
      try {
        await navigator.clipboard.writeText(value);
      } catch {
        const area = el("textarea", { "aria-label": label, class: "offscreen" });
        area.value = value;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
      }
      notify(`${label}: done`);
    },
  }, label);
}

const LONG = 160; // characters of a value that are shown; all are in its tooltip
const SHORT = 32; // characters up to which a value stays on one line

export const text = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

export function cell(value) {
  const whole = text(value);
  if (whole.length <= LONG) return el("td", { class: whole.length <= SHORT ? "short" : "long" }, whole);
  return el("td", { class: "long", title: whole }, `${whole.slice(0, LONG)}…`);
}

export function table(label, columns, rows) {
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    el("table", {},
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
      el("tbody", {}, rows)));
}

/** Return a time of the world as an element: to the second, and in full in its tooltip. */
export const time = (at) => el("time", { datetime: at, title: at }, at.replace("T", " ").replace(/\.\d+Z$/, "Z"));

/** Return a time span as text with its two greatest units. */
export function span(milliseconds) {
  let rest = Math.ceil(milliseconds / 1000);
  const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]].map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count ? `${count} ${unit}` : "";
  });
  return parts.filter(Boolean).slice(0, 2).join(" ");
}

/** Replace the content of a view, unless the user is typing in it; what was typed, chosen and scrolled to stays. */
export function put(section, ...content) {
  if (section.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
  const focused = section.contains(document.activeElement) ? document.activeElement.textContent : null;
  const label = (element) => element.getAttribute("aria-label");
  const scrolled = [...section.querySelectorAll(".scroll")].map((box) => [label(box), box.scrollTop, box.scrollLeft]);
  const typed = [...section.querySelectorAll("form :is(input, select)")].map((field) => [label(field), field.value, field.defaultValue]);
  section.replaceChildren(...content.flat().filter((child) => child !== null && child !== undefined));
  for (const box of section.querySelectorAll(".scroll")) {
    const [, top, left] = scrolled.find(([name]) => name === label(box)) ?? [];
    if (top || left) box.scrollTo(left, top);
  }
  for (const field of section.querySelectorAll("form :is(input, select)")) {
    const [, value, usual] = typed.find(([name]) => name === label(field)) ?? [];
    if (value === undefined || value === usual) continue;
    field.value = value;
    field.dispatchEvent(new Event("change"));
  }
  if (focused) [...section.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
}
