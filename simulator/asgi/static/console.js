// The console: worlds, views, keyboard, and the stream of events. See docs/console.md.

import { api, byId, el, inWorld, mayAct, notify, send } from "./api.js";
import { Log } from "./log.js";
import { editRule, views } from "./panels.js";

const NAMES = ["requests", "state", "rules", "clock", "webhooks", "ledger", "snapshots", "worlds"];
const REFRESH = 500; // milliseconds between refreshes of a view while requests come in

let world = "default";
let view = "requests";
let following = null; // the AbortController of the stream
let refreshing = 0;

const log = new Log(() => world);
const context = {
  world: () => world, show, choose, remember, log, edit: (rule) => editRule(context, rule).then(() => show("rules")),
};
log.context = context;

function show(name) {
  view = name;
  for (const other of NAMES) {
    const tab = byId(`tab-${other}`);
    tab.setAttribute("aria-selected", String(other === name));
    tab.tabIndex = other === name ? 0 : -1;
    byId(other).hidden = other !== name;
  }
  remember();
  refresh();
}

function refresh() {
  if (view === "requests") log.draw();
  else views[view](byId(view), context);
}

/** Refresh the view that is shown, at most twice a second: requests change everything but the log's own view. */
function refreshSoon() {
  if (view === "requests" || refreshing) return;
  refreshing = setTimeout(() => { refreshing = 0; refresh(); }, REFRESH);
}

function remember() {
  const request = log.selected ? { request: log.selected } : {};
  history.replaceState(null, "", `#${new URLSearchParams({ world, view, ...request })}`);
}

async function choose(name) {
  world = name;
  remember();
  await listWorlds();
  log.reset();
  follow();
  refresh();
}

async function listWorlds() {
  const { worlds } = await api("GET", "worlds");
  const select = byId("world");
  select.replaceChildren(...worlds.map((one) => el("option", { value: one.name }, one.name)));
  if (!worlds.some((one) => one.name === world)) select.append(el("option", { value: world }, `${world} (does not exist)`));
  select.value = world;
  log.describe(worlds.find((one) => one.name === world));
}

function live(text, state) {
  byId("live").textContent = text;
  byId("live").className = state;
}

/** Follow the world until another one is chosen; a connection that breaks continues after the last request received. */
async function follow() {
  following?.abort();
  const controller = new AbortController();
  following = controller;
  const name = world;
  let last = "";
  while (!controller.signal.aborted) {
    try {
      const response = await send("GET", inWorld(name, "/events"), {
        headers: last ? { "Last-Event-ID": last } : {}, signal: controller.signal,
      });
      if (!response.ok) {
        live(response.status === 404 ? "no such world" : `refused: ${response.status}`, "bad");
        if (response.status === 404) await listWorlds();
      } else {
        live("live", "good");
        held(0); // the stream says so if requests wait
        await read(response.body, (event) => {
          if (controller.signal.aborted) return;
          if (event.id) last = event.id;
          receive(event);
        });
        live("reconnecting", "bad");
      }
    } catch (error) {
      if (controller.signal.aborted) return;
      live("reconnecting", "bad");
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Read server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function read(body, handle) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = { name: "message", id: "", data: "" };
      for (const line of block.split("\n")) {
        const colon = line.indexOf(": ");
        if (colon <= 0) continue;
        const [field, text] = [line.slice(0, colon), line.slice(colon + 2)];
        if (field === "event") event.name = text;
        else if (field === "id") event.id = text;
        else if (field === "data") event.data += text;
      }
      if (event.data) handle({ ...event, data: JSON.parse(event.data) });
    }
  }
}

function receive(event) {
  if (event.name === "request") log.add(event.data);
  else if (event.name === "gap") log.gap(event.data);
  else if (event.name === "cleared" || event.name === "replaced") {
    if (event.name === "replaced") held(0);
    log.clear();
  }
  else if (event.name === "gates") held(event.data.waiting);
  else if (event.name === "deleted") notify(`The world ${world} was deleted`, true);
  if (event.name !== "request" && event.name !== "gates") listWorlds().catch(() => {});
  refreshSoon();
}

/** Tell how many requests wait at gates, and lead to them. */
function held(waiting) {
  byId("held").hidden = !waiting;
  byId("held-count").textContent = waiting === 1 ? "1 request waits at a gate" : `${waiting} requests wait at gates`;
}

const isTyping = (target) => target.matches?.("input:not([type=checkbox]), textarea, select");

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (isTyping(event.target)) event.target.blur();
    else log.close();
    event.preventDefault(); // Chrome would empty the search without a word.
    return;
  }
  if (event.target.getAttribute?.("role") === "tab" && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    const step = event.key === "ArrowRight" ? 1 : NAMES.length - 1;
    show(NAMES[(NAMES.indexOf(view) + step) % NAMES.length]);
    byId(`tab-${view}`).focus();
    event.preventDefault();
    return;
  }
  if (isTyping(event.target)) return;
  const actions = {
    "/": () => { show("requests"); byId("search").focus(); },
    "?": () => byId("help").showModal(),
    p: () => byId("problems").click(),
    ...Object.fromEntries(NAMES.map((name, index) => [String(index + 1), () => show(name)])),
  };
  if (view === "requests") {
    Object.assign(actions, {
      ArrowDown: () => log.move(1), j: () => log.move(1), ArrowUp: () => log.move(-1), k: () => log.move(-1),
      Home: () => log.move(-Infinity), End: () => log.move(Infinity),
    });
    if (event.target === byId("log") || event.target === document.body) actions.Enter = () => byId("detail").focus();
  }
  const inDetail = byId("detail").contains(event.target) && event.key.length > 1;
  if (actions[event.key] && !inDetail) {
    actions[event.key]();
    event.preventDefault();
  }
}

function start() {
  const hash = new URLSearchParams(location.hash.slice(1));
  world = hash.get("world") || "default";
  document.body.classList.toggle("reads", !mayAct);
  document.addEventListener("keydown", key);
  byId("world").addEventListener("change", (event) => choose(event.target.value));
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  byId("held-show").addEventListener("click", () => show("rules"));
  for (const name of NAMES) byId(`tab-${name}`).addEventListener("click", () => show(name));
  show(NAMES.includes(hash.get("view")) ? hash.get("view") : "requests");
  const request = hash.get("request");
  choose(world).then(() => request && log.select(request)).catch((error) => notify(error.message, true));
}

start();
