// The views beside the request log: state, rules, clock, webhooks, ledger, snapshots, worlds.

import { actButton, api, attempt, byId, cell, el, inWorld, mayAct, notify, put, span, table, text, time } from "./api.js";
import { whyEmpty } from "./log.js";

const RECORDS = 200; // of a table that are shown

let since = ""; // the snapshot with which the state is compared

async function state(section, context) {
  const world = context.world();
  const found = await attempt(async () => ({
    about: await api("GET", inWorld(world)),
    accounts: (await api("GET", inWorld(world, `/state?limit=${RECORDS}`))).accounts,
  }));
  if (!found || world !== context.world()) return;
  const { about, accounts } = found;
  if (!about.snapshots.includes(since)) since = "";
  const changes = since ? (await attempt(() => api("GET", inWorld(world, `/snapshots/${encodeURIComponent(since)}/diff`))))?.changes ?? [] : [];
  const choice = el("select", { onchange: (event) => { since = event.target.value; event.target.blur(); state(section, context); } },
    el("option", { value: "" }, "no snapshot"), about.snapshots.map((name) => el("option", { value: name }, name)));
  choice.value = since;
  put(section,
    el("div", { class: "toolbar" },
      el("label", {}, "Changes since ", choice),
      since ? el("span", { role: "status" }, `${changes.length} records differ`) : null,
      actButton("Remember this state", () => remember(context, () => state(section, context))),
      actButton("Reset to the scenario", () => act(context, "/reset", () => state(section, context))),
      actButton("Clear all records", () => act(context, "/clear", () => state(section, context)))),
    accounts.length ? null : el("p", {}, "No account has been used in this world yet: a table appears with the first request."),
    accounts.flatMap((account) => accountTables(account, changes)));
}

async function remember(context, then) {
  const name = `console-${new Date().toISOString().slice(11, 19).replaceAll(":", "-")}`;
  if (await attempt(() => api("PUT", inWorld(context.world(), `/snapshots/${name}`)), `Saved as ${name}`)) {
    since = name;
    then();
  }
}

async function act(context, path, then) {
  await attempt(() => api("POST", inWorld(context.world(), path)), "Done");
  then();
}

function accountTables({ provider, account, tables }, changes) {
  const parts = Object.entries(tables).flatMap(([name, { total, records }]) => {
    const changed = changes.filter((one) => one.provider === provider && one.account === account && one.table === name);
    const kinds = Object.fromEntries(changed.map((one) => [one.id, one.change]));
    const removed = changed.filter((one) => one.change === "removed").map((one) => one.id);
    if (!total && !changed.length) return [];
    const columns = [...new Set(["id", ...records.flatMap((record) => Object.keys(record))])];
    const rows = records.map((record) => el("tr", { class: kinds[record.id] ?? "" },
      columns.map((column) => cell(record[column]))));
    const counted = total > records.length ? `the newest ${records.length} of ${total}` : total;
    return [
      el("h3", {}, `${name} (${counted})`),
      changed.length ? el("p", { class: "changes" }, changed.map((one) => `${one.change} ${one.id}`).join(" · ")) : null,
      records.length ? table(`${provider} ${account}: ${name}`, columns, rows) : removed.length ? el("p", {}, "No record is left.") : null,
    ];
  });
  const empty = Object.entries(tables).filter(([, { total }]) => !total).map(([name]) => name);
  const named = /^account \d+$/.test(account) ? account : `account ${account}`; // one without a name is called “account 1”
  return [el("h2", {}, `${provider} · ${named}`), ...parts,
    empty.length ? el("p", { class: "quiet" }, `Empty: ${empty.join(", ")}`) : null];
}

/** Return an object as lines of `path: value`, for the reader of a table; a list or an empty object is a value. */
function lines(value, path = "") {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.keys(value).length) return [[path, text(value)]];
  return Object.entries(value).flatMap(([name, member]) => lines(member, path ? `${path}.${name}` : name));
}

const conditions = (value) => el("td", {}, lines(value).map(([path, shown]) => el("div", { class: "pair" }, path ? el("span", {}, `${path} `) : null, el("code", {}, shown))));

const waits = (gate) => (gate.until ? `${gate.waiting.length} of ${gate.until} requests wait that open it` : `Requests that wait: ${gate.waiting.length}`);

/** Return what waits at the gates of a world, which are its rules with `hold`. */
function gates(world, listed, again) {
  const release = (gate, body) => attempt(() => api("POST", inWorld(world, `/gates/${gate.id}/release`), body), "Released").then(again);
  return listed.flatMap((gate) => {
    const rows = gate.waiting.map((one) => el("tr", {}, cell(one.id), el("td", { class: "short" }, time(one.at)),
      cell(`${one.method} ${one.provider} ${one.path}`), cell(one.key), cell(one.body),
      mayAct ? el("td", { class: "buttons" }, actButton("Release", () => release(gate, { requests: [one.id] }), { "aria-label": `Release ${one.id}` })) : null));
    return [
      el("h3", {}, `Gate ${gate.name}`),
      el("div", { class: "toolbar" },
        el("span", {}, gate.open ? "Open: requests pass." : `${waits(gate)}; released: ${gate.released}; left, as their clients disconnected: ${gate.left.length}`),
        gate.waiting.length > 1 ? actButton("Release all", () => release(gate, {}), { "aria-label": `Release all at ${gate.name}` }) : null,
        gate.open ? null : actButton("Open", () => release(gate, { open: true }), { "aria-label": `Open ${gate.name}` })),
      rows.length ? table(`Requests at ${gate.name}`, ["Request", "Since", "What", "Key", "Body", ...(mayAct ? ["Actions"] : [])], rows) : null,
    ];
  });
}

async function rules(section, context) {
  const world = context.world();
  const found = await attempt(async () => ({
    listed: await api("GET", inWorld(world, "/rules")),
    held: (await api("GET", inWorld(world, "/gates"))).gates,
  }));
  if (!found || world !== context.world()) return;
  const { listed, held } = found;
  const again = () => rules(section, context);
  const edit = (rule, id) => edited(context, rule, id).then(again);
  const rows = listed.rules.map((rule) => el("tr", { class: rule.fired ? "fired" : "" },
    cell(rule.name), el("td", { class: "number" }, rule.fired), el("td", { class: "number" }, rule.fitted),
    rule.rule.when ? conditions(rule.rule.when) : el("td", { class: "quiet" }, "any request"), conditions(rule.rule.then),
    el("td", { class: "short" }, extent(rule.rule)),
    mayAct ? el("td", { class: "buttons" },
      actButton("Edit", () => edit(rule.rule, rule.id), { "aria-label": `Edit ${rule.name}` }),
      actButton("Remove", () => attempt(() => api("DELETE", inWorld(world, `/rules/${rule.id}`))).then(again), { "aria-label": `Remove ${rule.name}` })) : null));
  put(section,
    el("div", { class: "toolbar" },
      actButton("Add a rule …", () => edit({ when: { operation: "" }, then: { status: 503 }, times: 1 })),
      listed.rules.length ? actButton("Remove all", () => attempt(() => api("DELETE", inWorld(world, "/rules"))).then(again)) : null),
    gates(world, held, again),
    held.length ? el("h3", {}, "Rules") : null,
    listed.rules.length
      ? table("Rules", ["Name", "Fired", "Matched", "When", "Then", "How often", ...(mayAct ? ["Actions"] : [])], rows)
      : el("p", {}, "This world has no rules: every response is the provider's own."));
}

const extent = (rule) => [rule.skip ? `after ${rule.skip}` : "", rule.every > 1 ? `every ${rule.every}.` : "",
  rule.times ? `at most ${rule.times}×` : "",
  rule.probability && rule.probability < 1 ? `with probability ${rule.probability}` : ""].filter(Boolean).join(", ") || "always";

/** Replace a rule by another, which is tried last of those that were added; the old one comes back if the new one is refused. */
async function replace(path, old, id, rule) {
  if (id) await api("DELETE", `${path}/${id}`);
  try {
    return await api("POST", path, rule);
  } catch (error) {
    if (id) error.restored = await api("POST", path, old);
    throw error;
  }
}

/** Let the user edit a rule until it is saved or given up. */
function edited(context, rule, id = "") {
  const dialog = byId("editor"), area = byId("editor-text"), problem = byId("editor-error");
  byId("editor-title").textContent = id ? "Edit a rule: it is added again, with new counts" : "Add a rule";
  area.value = JSON.stringify(rule, null, 2);
  problem.textContent = "";
  dialog.showModal();
  return new Promise((resolve) => {
    byId("editor-cancel").onclick = () => {};
    byId("editor-save").onclick = async (event) => {
      event.preventDefault();
      try {
        await replace(inWorld(context.world(), "/rules"), rule, id, JSON.parse(area.value));
        dialog.close();
      } catch (error) {
        id = error.restored?.id ?? id;
        problem.textContent = error.message;
      }
    };
    dialog.onclose = resolve;
  });
}

let ticker = 0;

/** Return the time of a world as an element, which goes on by itself while the clock runs. */
function ticking({ now, frozen }) {
  const shown = time(now), read = performance.now();
  clearInterval(ticker);
  if (!frozen) {
    ticker = setInterval(() => {
      if (!shown.isConnected) return clearInterval(ticker);
      shown.textContent = time(new Date(Date.parse(now) + performance.now() - read).toISOString()).textContent;
    }, 1000);
  }
  return shown;
}

async function clock(section, context) {
  const world = context.world();
  const found = await attempt(async () => ({
    now: await api("GET", inWorld(world, "/clock")),
    acts: (await api("GET", inWorld(world, "/acts"))).acts,
    providers: Object.keys((await api("GET", inWorld(world))).providers),
  }));
  if (!found || world !== context.world()) return;
  const { now, acts, providers } = found;
  const set = (change) => attempt(() => api("POST", inWorld(world, "/clock"), change)).then((after) => {
    if (after) clock(section, { ...context, fired: after.fired });
  });
  const amount = el("input", { id: "amount", value: "30s", size: 8, "aria-label": "Duration, such as 30s, 5m or 2h" });
  const withoutActs = (list = []) => list.filter((timer) => !timer.lifecycle.startsWith("timeline."));
  const finished = withoutActs(context.fired), pending = withoutActs(now.pending);
  const timers = (list) => list.map((timer) => el("li", {}, `${timer.due ?? "when it is read"}: ${timer.lifecycle} ${timer.subject}`));
  put(section,
    el("p", { class: "time" }, ticking(now), now.frozen ? " – frozen" : " – running"),
    mayAct ? el("form", { class: "toolbar", onsubmit: (event) => { event.preventDefault(); const by = amount.value; amount.blur(); set({ advance: by }); } },
      actButton(now.frozen ? "Let it run" : "Freeze", () => set({ freeze: !now.frozen })),
      el("label", {}, "Advance by ", amount), el("button", {}, "Advance"),
      ["1m", "1h", "1d"].map((by) => actButton(`+${by}`, () => set({ advance: by })))) : null,
    finished.length ? [el("h2", {}, "Finished by the last advance"), el("ul", {}, timers(finished))] : null,
    el("h2", {}, "Pending"),
    pending.length ? el("ul", {}, timers(pending)) : el("p", {}, "Nothing is pending."),
    el("h2", {}, "Outside world"),
    outside(world, providers, () => clock(section, context)),
    acts.length
      ? table("Acts of the outside world", ["Time", "What", "Status", "What came of it", ...(mayAct ? ["Actions"] : [])], acts.toSorted((one, other) => one.at.localeCompare(other.at)).map((one) => actRow(one, now, set)))
      : el("p", {}, "Nothing is planned, and nothing has happened. The timeline of a scenario plans what happens when."));
}

const ACTS = { // what it is, and what its text field names
  number_lost: ["A carrier takes a number back", "number", "Number; empty: the last one bought"],
  agent_deleted: ["Somebody deletes an agent", "id", "Id of the agent; empty: the newest"],
  subscription_lapsed: ["A subscription lapses", "key", "Key; empty: all accounts"],
  subscription_renewed: ["A subscription is renewed", "key", "Key; empty: all accounts"],
};

function actRow({ at, act, status, effect }, now, set) {
  const [[name, part]] = Object.entries(act);
  const isDue = status === "pending" && Date.parse(at) <= Date.parse(now.now);
  const shown = { pending: isDue ? "due" : `planned, in ${span(Date.parse(at) - Date.parse(now.now))}`, done: "done", no_effect: "no effect" }[status];
  return el("tr", { class: status },
    el("td", { class: "short" }, time(at)),
    cell([ACTS[name]?.[0] ?? name, ...Object.values(part)].join(" · ")),
    el("td", { class: "short" }, shown), cell(effect ?? (isDue ? "It happens with the next request." : "")),
    mayAct ? el("td", { class: "buttons" }, status === "pending" ? actButton("Advance to it", () => set({ set: at }), { "aria-label": `Advance to ${at}` }) : null) : null);
}

/** Return a form that lets the outside world act at once. */
function outside(world, providers, then) {
  if (!mayAct) return null;
  const what = el("select", { "aria-label": "Act" }, Object.entries(ACTS).map(([name, [label]]) => el("option", { value: name }, label)));
  const where = el("select", { "aria-label": "Provider of the act" }, providers.map((name) => el("option", {}, name)));
  const which = el("input", { "aria-label": "Which one", size: 34 });
  const describe = () => { which.placeholder = ACTS[what.value][2]; };
  what.addEventListener("change", describe);
  describe();
  const perform = async (event) => {
    event.preventDefault();
    document.activeElement.blur();
    const part = { provider: where.value, ...(which.value ? { [ACTS[what.value][1]]: which.value } : {}) };
    const done = await attempt(() => api("POST", inWorld(world, "/acts"), { [what.value]: part }));
    if (done) { notify(done.effect); then(); }
  };
  return el("form", { class: "toolbar", onsubmit: perform }, what, el("label", {}, "at ", where), which, el("button", {}, "Let it happen"));
}

async function webhooks(section, context) {
  const world = context.world();
  const listed = await attempt(() => api("GET", inWorld(world, "/outbox")));
  if (!listed || world !== context.world()) return;
  const again = () => webhooks(section, context);
  const lastOf = (one) => { const last = one.attempts.at(-1); return last ? last.status ?? last.error : one.status === "blocked" ? "its host is not in --webhook-hosts" : ""; };
  const rows = listed.deliveries.toReversed().map((one) => el("tr", { class: one.status },
    el("td", { class: "short" }, `${one.provider}.${one.event}`), cell(one.url), el("td", {}, one.status),
    el("td", { class: "number" }, one.attempts.length), cell(lastOf(one)), cell(one.due), cell(one.rule), cell(one.body),
    mayAct ? el("td", { class: "buttons" }, actButton("Send again", () => attempt(() => api("POST", inWorld(world, `/outbox/${one.id}/redeliver`)), "Sent").then(again), { "aria-label": `Send ${one.id} again` })) : null));
  put(section,
    inbound(world, again),
    el("div", { class: "toolbar" }, actButton("Send what is due", () => attempt(() => api("POST", inWorld(world, "/outbox/deliver")), "Sent").then(again))),
    rows.length
      ? table("Webhooks", ["Event", "To", "Status", "Attempts", "Last answer", "Due", "Rule", "Payload", ...(mayAct ? ["Actions"] : [])], rows)
      : el("p", {}, "No webhooks: nothing was announced, or nobody has registered for it."));
}

/** Return a form that plays the outside world. */
function inbound(world, then) {
  if (!mayAct) return null;
  const field = (label, value, placeholder = label) => el("input", { "aria-label": label, placeholder, value, size: Math.max(16, placeholder.length) });
  const from = field("From", "+12125550199"), to = field("To", null, "To a number of an account"), text = field("Text");
  const arrive = (path, more) => attempt(() => api("POST", inWorld(world, `/inbound/${path}`), { from: from.value, to: to.value, ...more }), "Arrived").then((done) => { if (done) then(); });
  return el("form", { class: "toolbar", onsubmit: (event) => { event.preventDefault(); document.activeElement.blur(); arrive("messages", { text: text.value }); } },
    el("span", {}, "From the outside world:"), from, to, text, el("button", {}, "Message in"), actButton("Call in", () => arrive("calls", {})));
}

async function ledger(section, context) {
  const world = context.world();
  const found = await attempt(() => api("GET", inWorld(world, `/ledger?limit=${RECORDS}`)));
  if (!found || world !== context.world()) return;
  const { entries, total, spent, currency, rented } = found;
  const columns = ["When", "What", "Provider", "Account", "Number", "Amount", "Evidence of the price", "Request"];
  const rows = entries.toReversed().map((one) => el("tr", {},
    el("td", { class: "short" }, time(one.at)), cell(one.kind), cell(one.provider), cell(one.account),
    cell(one.number ?? one.subject), el("td", { class: "number" }, one.amount), cell(one.evidence), cell(one.request)));
  const held = rented.map((one) => el("tr", {}, cell(one.number), cell(one.provider), cell(one.account),
    el("td", { class: "number" }, one.month), cell(one.since), cell(one.request)));
  put(section,
    el("p", { class: "time" }, `${spent} ${currency} spent`),
    el("h2", {}, `Numbers that are rented (${rented.length})`),
    held.length ? table("Rented numbers", ["Number", "Provider", "Account", "USD a month", "Since", "Bought by"], held)
      : el("p", {}, "None: what an account starts with is not counted."),
    el("h2", {}, total > entries.length ? `Entries (the newest ${entries.length} of ${total})` : `Entries (${total})`),
    rows.length ? table("Ledger", columns, rows) : el("p", {}, "Nothing was bought, rented, called or sent."));
}

async function snapshots(section, context) {
  const world = context.world();
  const about = await attempt(() => api("GET", inWorld(world)));
  if (!about || world !== context.world()) return;
  const again = () => snapshots(section, context);
  const at = (name) => inWorld(world, `/snapshots/${encodeURIComponent(name)}`);
  const name = el("input", { value: `snapshot-${about.snapshots.length + 1}`, "aria-label": "Name of the snapshot", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]{0,99}" });
  const save = async (event) => {
    event.preventDefault();
    name.blur();
    await attempt(() => api("PUT", at(name.value)), "Saved");
    again();
  };
  put(section,
    mayAct ? el("form", { class: "toolbar", onsubmit: save }, name, el("button", {}, "Save a snapshot")) : null,
    about.snapshots.length
      ? table("Snapshots", ["Name", "Actions"], about.snapshots.map((one) => el("tr", {}, el("td", {}, one), el("td", { class: "buttons" },
        actButton("Restore", () => attempt(() => api("POST", `${at(one)}/restore`), `Restored ${one}`), { "aria-label": `Restore ${one}` }),
        el("button", { type: "button", "aria-label": `Changes since ${one}`, onclick: () => { since = one; context.show("state"); } }, "Changes since")))))
      : el("p", {}, "No snapshots. One is everything that can change except the request log: records, clock, rules, counters."));
}

async function worlds(section, context) {
  const listed = await attempt(() => api("GET", "worlds"));
  if (!listed) return;
  const rows = listed.worlds.map((one) => el("tr", { class: one.name === context.world() ? "chosen" : "" },
    el("td", {}, el("button", { type: "button", onclick: () => context.choose(one.name).then(() => context.show("requests")) }, one.name)),
    el("td", {}, one.scenario), el("td", { class: "number" }, one.requests.total),
    el("td", {}, whyEmpty(one) || one.description),
    mayAct ? el("td", { class: "buttons" }, actButton("Delete", () => attempt(() => api("DELETE", inWorld(one.name))).then(() => worlds(section, context)), { "aria-label": `Delete ${one.name}` })) : null));
  put(section,
    listed.unknown.length ? [
      el("h2", {}, "Addressed, but not there"),
      el("p", {}, "Requests used these names, and no world has them: ", el("b", {}, listed.unknown.join(", ")), ". PUT /_simulator/worlds/NAME makes one."),
    ] : null,
    el("h2", {}, "Worlds"),
    table("Worlds", ["Name", "Scenario", "Requests", "About", ...(mayAct ? ["Actions"] : [])], rows));
}

export const views = { state, rules, clock, webhooks, ledger, snapshots, worlds };
export const editRule = edited;
