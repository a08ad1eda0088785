// The request log, of which only the visible rows exist, and the explanation of one request.

import { api, attempt, byId, copyButton, el, inWorld, json, mayAct } from "./api.js";

const ROW = 28; // pixels; the height of a row in console.css
const SPARE = 10; // rows beyond either edge
const MOST = 10000; // requests that are kept
const MARGIN = 500; // beyond which the oldest are dropped, so that this is not done for each request

const isProblem = (one) => one.status >= 400 || one.bug || one.fault || !one.operation || one.unknown_fields.length > 0;

const isTroubled = (row) => Boolean(!row.gap && isProblem(row));

function happened(one) {
  if (one.gap) return one.gap;
  const parts = [];
  if (one.bug) parts.push(`simulator bug: ${one.bug}`);
  if (one.fault) parts.push(`fault: ${one.fault}`);
  if (one.rule) parts.push(`rule ${one.rule}`);
  if (one.error) parts.push(one.detail ? `${one.error}: ${one.detail}` : one.error);
  if (one.unknown_fields.length) parts.push(`unknown: ${one.unknown_fields.join("; ")}`);
  return parts.join(" · ") || one.operation || "";
}

export class Log {
  constructor(world) {
    this.world = world;
    this.all = [];
    this.shown = [];
    this.troubled = 0; // how many of all have problems
    this.drawn = new Map(); // the elements of the rows that are in the document
    this.wanted = { words: [], provider: "", problems: false };
    this.selected = null;
    this.pending = false;
    this.about = null; // the world, as the control API describes it
    this.pinned = true; // to the newest request, until the user scrolls up
    byId("log").addEventListener("scroll", () => {
      this.pinned = this.atEnd();
      this.drawSoon();
    }, { passive: true });
    addEventListener("resize", () => this.drawSoon());
    this.spacers = [spacer(), spacer()];
    byId("rows").replaceChildren(...this.spacers);
    byId("search").addEventListener("input", () => this.filter());
    byId("problems").addEventListener("change", () => this.filter());
    byId("provider").addEventListener("change", () => this.filter());
    byId("rows").addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-id]");
      if (row) this.select(row.dataset.id);
    });
    byId("forget").addEventListener("click", () => attempt(() => api("DELETE", inWorld(this.world(), "/requests"))));
  }

  reset() {
    this.pinned = true;
    this.clear();
  }

  clear() {
    this.keep([]);
    this.close();
    this.filter();
  }

  /** Hold these rows and no others. */
  keep(rows) {
    this.all = rows;
    this.troubled = rows.filter(isTroubled).length;
  }

  describe(about) {
    this.about = about;
    this.drawSoon();
  }

  gap({ missed, after }) {
    const text = missed
      ? `${missed} requests are not shown: the log dropped them before they were sent`
      : `Requests after ${after} may be missing: it is no longer in the log`;
    if (!missed) this.keep([]);
    this.append({ id: `gap-${this.all.length}`, gap: text });
  }

  add(request) {
    request.words = [
      request.id, request.method, request.path, request.status, request.operation, request.provider, request.account, happened(request),
    ].join(" ").toLowerCase();
    if (request.provider && !this.hasProvider(request.provider)) {
      byId("provider").append(el("option", { value: request.provider }, request.provider));
    }
    this.append(request);
  }

  hasProvider(name) {
    return [...byId("provider").options].some((option) => option.value === name);
  }

  append(row) {
    this.all.push(row);
    this.troubled += isTroubled(row);
    if (this.all.length > MOST + MARGIN) {
      this.keep(this.all.slice(-MOST));
      this.filter();
    } else {
      if (this.fits(row)) this.shown.push(row);
      this.drawSoon();
    }
  }

  fits(row) {
    if (row.gap) return true;
    const { words, provider, problems } = this.wanted;
    return (!problems || isProblem(row)) && (!provider || row.provider === provider) && words.every((word) => row.words.includes(word));
  }

  filter() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    this.wanted = { words, provider: byId("provider").value, problems: byId("problems").checked };
    this.shown = this.all.filter((row) => this.fits(row));
    this.drawSoon();
  }

  drawSoon() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.draw();
    });
  }

  atEnd() {
    const box = byId("log");
    return box.scrollTop + box.clientHeight >= box.scrollHeight - 2 * ROW;
  }

  draw() {
    const box = byId("log");
    if (!box.clientHeight) return; // Another view is shown.
    const follows = this.pinned && !this.selected;
    const top = follows ? Math.max(0, (this.shown.length + 1) * ROW - box.clientHeight) : box.scrollTop;
    const first = Math.max(0, Math.floor(top / ROW) - SPARE);
    const last = Math.min(this.shown.length, Math.ceil((top + box.clientHeight) / ROW) + SPARE);
    this.place(this.shown.slice(first, last), first);
    byId("grid").setAttribute("aria-rowcount", String(this.shown.length + 1));
    const shown = this.shown.length === this.all.length ? `${this.all.length}` : `${this.shown.length} of ${this.all.length}`;
    write("count", `${shown} requests, ${this.troubled} with problems`);
    write("empty", this.shown.length ? "" : this.whyEmpty());
    if (follows) box.scrollTop = box.scrollHeight;
  }

  /** Have these rows in the document, and no others; an element stays as long as its row does. */
  place(rows, first) {
    const before = this.drawn;
    this.drawn = new Map();
    rows.forEach((row, index) => {
      const element = before.get(row) ?? this.row(row);
      set(element, "aria-rowindex", first + index + 2);
      set(element, "aria-selected", row.id === this.selected);
      this.drawn.set(row, element);
    });
    const [top, bottom] = this.spacers;
    top.style.height = `${first * ROW}px`;
    bottom.style.height = `${(this.shown.length - first - rows.length) * ROW}px`;
    for (const [row, element] of before) if (!this.drawn.has(row)) element.remove();
    let at = top;
    for (const element of this.drawn.values()) {
      if (at.nextSibling !== element) at.after(element);
      at = element;
    }
  }

  row(row) {
    const attributes = { "data-id": row.id };
    if (row.gap) return el("tr", { ...attributes, class: "gap" }, el("td", { colspan: 4, role: "gridcell" }, row.gap));
    const cell = (...content) => el("td", { role: "gridcell" }, ...content);
    const kind = row.bug ? "bug" : isProblem(row) ? (row.status < 400 ? "odd" : "bad") : "good";
    return el("tr", { ...attributes, class: kind },
      cell(row.id), cell(row.at.slice(11, 23)), cell(el("b", {}, row.fault ?? row.status)), cell(row.method),
      el("td", { role: "gridcell", title: row.path }, row.provider ? el("span", {}, `${row.provider} `) : null, row.path), cell(happened(row)));
  }

  whyEmpty() {
    if (this.all.length) return "No request matches the filters.";
    if (!this.about) return "";
    return whyEmpty(this.about);
  }

  move(step) {
    if (!this.shown.length) return;
    const rows = this.shown;
    const at = rows.findIndex((row) => row.id === this.selected);
    const next = at < 0 ? (step === -Infinity ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
    this.select(rows[next].id);
    const box = byId("log");
    if (next * ROW < box.scrollTop) box.scrollTop = next * ROW;
    else if ((next + 2) * ROW > box.scrollTop + box.clientHeight) box.scrollTop = (next + 2) * ROW - box.clientHeight;
  }

  async select(id) {
    if (id.startsWith("gap-")) return;
    this.selected = id;
    this.context?.remember();
    this.draw();
    const explained = await attempt(() => api("GET", inWorld(this.world(), `/requests/${encodeURIComponent(id)}`)));
    if (this.selected !== id) return;
    if (!explained) return this.close();
    const detail = byId("detail");
    detail.replaceChildren(...this.explanation(explained));
    detail.scrollTop = 0;
    detail.hidden = false;
    this.drawSoon();
  }

  close() {
    this.selected = null;
    this.context?.remember();
    byId("detail").hidden = true;
    this.drawSoon();
  }

  explanation(one) {
    const world = this.world();
    const part = (title, ...content) => (content.flat().some(Boolean) ? [el("h3", {}, title), ...content.flat().filter(Boolean)] : []);
    const list = (items) => (items.length ? el("ul", {}, items.map((item) => el("li", {}, item))) : null);
    const pre = (label, value) => (value === null || value === undefined || value === "" ? null
      : el("pre", { tabindex: 0, role: "region", "aria-label": label }, json(value)));
    const facts = [["Operation", one.operation], ["Account", one.account], ["Error", one.error], ["Rule", firedRule(one)],
      ["Fault", one.fault], ["Evidence", one.body_evidence ? `${one.evidence}; the body: ${one.body_evidence}` : one.evidence],
      ["Source", link(one.source)], ["Note", one.note], ["Prefer", one.preference]].filter(([, value]) => value);
    const rule = ruleOf(one);
    return [
      el("div", { class: "bar" },
        el("h2", {}, `${one.id}: ${one.method} ${one.path} – ${one.status}`),
        el("button", { type: "button", "aria-label": "Close the explanation", onclick: () => this.close() }, "×")),
      el("div", { class: "bar copies" },
        copyButton("Copy as curl", one.curl),
        copyButton("Copy as a pytest test", async () =>
          (await api("GET", inWorld(world, `/requests/${encodeURIComponent(one.id)}/test`))).test),
        rule ? copyButton("Copy as a rule", JSON.stringify(rule, null, 2)) : null,
        rule && mayAct ? el("button", { type: "button", onclick: () => this.context.edit(rule) }, "Make a rule of it …") : null),
      ...(one.bug ? [el("p", { class: "error" }, `Simulator bug: ${one.bug}`)] : []),
      ...part("Story", el("ol", { class: "story" }, one.story.map((line) => el("li", {}, line)))),
      ...part("Facts", el("dl", {}, facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))),
      ...part("Unknown fields", list(one.unknown_fields)),
      ...part("Violations", list(one.violations)),
      ...part("Nearest routes", list(one.nearest_routes)),
      ...part("Rules", list(one.rules.map((other) => `${other.name}: ${other.decided ? "fired" : `skipped, ${other.why}`}`))),
      ...part("Assumptions", list(one.assumptions.map((other) => `${other.name} = ${other.value} (${other.evidence}): ${other.about}`))),
      ...part("Changes", list(one.changes.map((other) => `${other.change} ${other.id} in ${other.table}`))),
      ...part("Request", pre("Request", `${one.method} ${one.path}${one.query ? `?${one.query}` : ""}\n${headers(one.headers)}`), pre("Request body", one.body)),
      ...part("Response", pre("Response body", one.answer)),
      ...part("Repeat it", pre("curl command", one.curl)),
    ];
  }
}

const headers = (all) => Object.entries(all).map(([name, value]) => `${name}: ${value}`).join("\n");

/** Return a documentation page as a link; anything else, such as the spec of a user may have, is a text. */
const link = (source) => (/^https:\/\/[^\s]+$/.test(source ?? "") ? el("a", { href: source, target: "_blank", rel: "noopener noreferrer" }, source) : source);

const firedRule = (one) => one.rules.find((rule) => rule.decided)?.name;

/** Return a rule that gives the next request to this operation the same response; null if there is no operation. */
export function ruleOf(one) {
  if (!one.operation) return null;
  const when = { operation: one.operation };
  if (one.fault) return { when, then: { fault: one.fault, stage: one.changes.length ? "after_commit" : "before" }, times: 1 };
  const usual = one.error && !["INVALID", "MALFORMED", "GUESSED"].includes(one.error);
  return { when, then: usual ? { error: one.error } : { status: one.status, body: one.answer ?? {} }, times: 1 };
}

const spacer = () => el("tr", { class: "spacer", "aria-hidden": "true" }, el("td"));

/** Write a text or an attribute, unless it is there: each write is work for the browser. */
function write(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function set(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Return why a world has no requests to show. */
export function whyEmpty(world) {
  const { total, held, cleared_at: cleared } = world.requests;
  if (held) return "";
  if (!total) {
    const address = Object.values(world.providers)[0]?.base_url ?? "";
    return `No request has reached the world ${world.name}. Its clients use addresses such as ${address}`
      + (world.name === "default" ? "" : `, or the header X-Simulator-World: ${world.name}`)
      + ". Names that were used and are no worlds are listed under Worlds.";
  }
  if (cleared) return `The log was emptied at ${new Date(cleared).toLocaleTimeString()} (reset, clear or “Empty the log”); ${total} requests came before.`;
  return `${total} requests came and were dropped to keep the log small (--journal-bytes).`;
}
