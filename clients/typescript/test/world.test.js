import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { OK, Simulator, SimulatorError, UncleanWorldError, worldPerTest } from "provider-simulator";

const PROVISION = "cartesia.phone_numbers_provision";
const simulator = new Simulator();
const scenario = {
  clock: { start: "2026-03-01T00:00:00Z", frozen: true },
  open: true,
  accounts: [{ cartesia: { plan: "startup" } }],
};
const world = worldPerTest({ beforeEach, afterEach }, { scenario, seed: 3 });

/** Return the body of a response. In jest, what `response.json()` returns has the prototypes of another realm. */
const json = async (response) => JSON.parse(await (await response).text());

/** Your client: all that it needs is a base URL and a key. */
function cartesia({ baseUrl, apiKey } = world().provider("cartesia")) {
  const headers = { Authorization: `Bearer ${apiKey}`, "Cartesia-Version": "2026-03-01", "Content-Type": "application/json" };
  return {
    buy: (label) => fetch(`${baseUrl}/agents/phone-numbers/provision`, { method: "POST", headers, body: JSON.stringify({ label }) }),
    list: async () => (await json(fetch(`${baseUrl}/agents/phone-numbers`, { headers }))).data,
  };
}

/** What the package warns of until the end of the test, as texts. */
function warnings() {
  const texts = [];
  process.emitWarning = (text) => texts.push(text);
  return texts;
}

const { emitWarning } = process;
afterEach(() => {
  process.emitWarning = emitWarning;
});

test("a misspelt option is an error", async () => {
  const message = "unknown option 'scenarios'; expected scenario, name, seed, strict or document";
  await assert.rejects(simulator.world({ scenarios: "cartesia/plan-full" }), { name: "TypeError", message });
});

test("a scenario by name", async () => {
  const full = await simulator.world({ scenario: "cartesia/plan-full" });
  assert.equal((await cartesia(full.provider("cartesia")).buy("Support")).status, 402);
  const [request] = await full.requests({ operation: PROVISION });
  assert.equal(request.error, "QUOTA_EXCEEDED");
  assert.ok((await full.explain(request.id)).story.includes("Matched operation cartesia.phone_numbers_provision."));
  await full.close();
  await assert.rejects(full.verdict(), { name: "SimulatorError", status: 404 });
});

test("a rule loses the response to the first purchase", async () => {
  const lost = await world().rule({ when: { operation: PROVISION }, then: { fault: "reset", stage: "after_commit" }, times: 1 });
  await assert.rejects(cartesia().buy("Support"), { name: "TypeError", message: "fetch failed" });
  assert.equal(await lost.count(), 1);
  await lost.remove();
  assert.deepEqual((await cartesia().list()).map(({ label }) => label), ["Support"]);
});

test("a sequence of outcomes", async () => {
  const rules = await world().sequence(PROVISION, [503, "QUOTA_EXCEEDED", OK, { status: 418 }]);
  const statuses = [];
  for (const label of ["a", "b", "c", "d", "e"]) statuses.push((await cartesia().buy(label)).status);
  assert.deepEqual(statuses, [503, 402, 201, 418, 201]);
  assert.deepEqual(await Promise.all(rules.map((rule) => rule.count())), [1, 1, 1, 1]);
  assert.equal((await rules[1].last()).error, "QUOTA_EXCEEDED");
  await assert.rejects(world().sequence(PROVISION, [500, "NONE"]), { status: 422 });
  assert.equal((await world().rules()).length, 4);
  await world().removeRules();
  assert.deepEqual(await world().rules(), []);
});

test("a gate decides which of two requests comes first", async () => {
  const gate = await world().gate(PROVISION, { name: "race" });
  const first = cartesia().buy("First"), second = cartesia().buy("Second");
  const held = Object.fromEntries((await gate.wait(2)).map((request) => [request.body.label, request]));
  assert.deepEqual((await world().gates()).map(({ name, waiting }) => [name, waiting.length]), [["race", 2]]);
  assert.deepEqual(await gate.release(held["Second"]), [{ id: held["Second"].id, status: 201 }]);
  assert.deepEqual((await gate.waiting()).map(({ id }) => id), [held["First"].id]);
  assert.deepEqual((await gate.open()).map(({ status }) => status), [201]);
  assert.deepEqual([(await first).status, (await second).status, (await cartesia().buy("Third")).status], [201, 201, 201]);
  assert.deepEqual((await cartesia().list()).map(({ label }) => label).sort(), ["First", "Second", "Third"]);
  assert.deepEqual((await gate.requests()).map(({ body }) => body.label).slice(0, 2), ["Second", "First"]);
  await assert.rejects(gate.wait(1, { timeout: 0 }), /expected 1 requests at the gate 'race' within 0 ms; waiting: none/);
});

test("a gate that opens by itself", async () => {
  await world().gate("", { until: 2, order: [{ body: { label: "B" } }], when: { operation: PROVISION }, times: 2 });
  const responses = await Promise.all(["A", "B"].map((label) => cartesia().buy(label)));
  assert.deepEqual(responses.map(({ status }) => status), [201, 201]);
  assert.deepEqual((await world().requests({ operation: PROVISION })).map(({ body }) => body.label), ["B", "A"]);
});

test("a carrier takes a number back", async () => {
  const { number } = await json(cartesia().buy("First"));
  const { effect } = await world().act({ number_lost: { number } });
  assert.match(effect, /took back/);
  assert.deepEqual(await cartesia().list(), []);
  const acts = await world().acts(); // the timeline of the scenario has none
  assert.deepEqual(acts.map((one) => [one.act, one.status, one.effect]), [[{ number_lost: { number } }, "done", effect]]);
});

test("a rule says what it matched", async () => {
  const named = await world().rule({ name: "full", when: { body: { label: "Support" } }, then: { error: "INVALID" }, every: 2 });
  assert.equal(named.name, "full");
  for (let count = 0; count < 2; count++) await cartesia().buy("Support");
  assert.deepEqual((await named.requests()).map(({ status, body }) => [status, body.label]), [[400, "Support"]]);
  await cartesia().buy("Sales");
  assert.match((await named.explain()).nearest.why, /every match number 2, and this was 1/);
});

test("no request of a long log is overlooked", async () => {
  const warned = warnings();
  for (let count = 0; count < 120; count++) await cartesia().list();
  const requests = await world().requests();
  assert.deepEqual([requests.length, requests.dropped, warned.length], [120, 0, 0]);
  await world().forgetRequests();
  assert.equal((await world().requests()).length, 0);
  await world().clear();
});

test("requests that are gone are counted", async () => {
  const warned = warnings();
  const full = await simulator.world();
  const body = "x".repeat(900_000); // of which the log keeps a sixteenth of its size
  for (let count = 0; count < 20; count++) await fetch(`${full.provider("cald").baseUrl}/nothing`, { method: "POST", body });
  const { length, dropped } = await full.requests();
  assert.equal(length + dropped, 20);
  assert.ok(dropped > 0);
  assert.match(warned[0], /requests are gone from the log/);
  assert.equal((await full.verdict()).findings[0].count, 20);
  await full.delete();
});

test("a world that another client made anew is not this one", async () => {
  const first = await simulator.world({ name: "same-name" });
  const second = await simulator.world({ name: "same-name" });
  await assert.rejects(first.close(), { status: 404, message: /has been replaced/ });
  await second.close();
});

test("what the server has", async () => {
  assert.ok((await simulator.providers()).some(({ name }) => name === "cartesia"));
  assert.ok((await simulator.scenarios()).some(({ name }) => name === "cartesia/plan-full"));
});

test("the clock", async () => {
  assert.equal((await world().clock()).frozen, true);
  const before = Date.parse((await world().clock()).now);
  await world().advance("30s");
  assert.equal(Date.parse((await world().advance(1.5)).now) - before, 31_500);
  assert.equal((await world().freeze(new Date("2026-03-02T00:00:00Z"))).now, "2026-03-02T00:00:00.000Z");
  assert.equal((await world().freeze(false)).frozen, false);
});

test("snapshots, state and reset", async () => {
  await cartesia().buy("First");
  const snapshot = await world().snapshot();
  await cartesia().buy("Second");
  assert.deepEqual((await world().diff(snapshot)).changes.map(({ table, change }) => [table, change]), [["numbers", "added"]]);
  await world().restore(snapshot);
  assert.deepEqual((await cartesia().list()).map(({ label }) => label), ["First"]);
  assert.match(JSON.stringify(await world().state("cartesia")), /First/);
  await world().reset();
  assert.deepEqual(await cartesia().list(), []);
});

test("a world is saved and continued under another name", async () => {
  await cartesia().buy("First");
  const again = await simulator.world({ document: await world().save() });
  try {
    const numbers = (await again.state("cartesia")).accounts[0].tables.numbers.records;
    assert.deepEqual(numbers.map(({ label }) => label), ["First"]);
    await assert.rejects(simulator.world({ document: "{}", seed: 1 }), /leave them out/);
    await assert.rejects(simulator.world({ document: "{}" }), /at \/format: the format is missing/);
  } finally {
    await again.close();
  }
});

test("a world that is not clean fails the test", async () => {
  const unclean = await simulator.world();
  await unclean.rule({ name: "idle", then: { status: 503 }, when: { operation: PROVISION } });
  await fetch(`${unclean.provider("cartesia").baseUrl}/phone-numbers`);
  assert.equal((await unclean.verdict()).findings[0].kind, "unmatched");
  await assert.rejects(unclean.close(), (error) => {
    assert.ok(error instanceof UncleanWorldError && error instanceof SimulatorError);
    assert.match(error.message, /^requests that match no route: 1, first 'req-\d+'; rules that never fired: 1, first 'idle'$/);
    assert.equal(error.body.idle_rules[0].name, "idle");
    return true;
  });
});

test("the hook throws what closing the world throws", async () => {
  const hooks = {};
  const own = worldPerTest({ beforeEach: (hook) => (hooks.before = hook), afterEach: (hook) => (hooks.after = hook) });
  assert.throws(own, /only while a test runs/);
  await hooks.before();
  await fetch(`${own().provider("cald").baseUrl}/nothing`);
  await assert.rejects(hooks.after(), UncleanWorldError);
  assert.throws(own, /only while a test runs/);
});

test("errors say what to do", async () => {
  assert.throws(() => world().provider("cartesa"), /no provider 'cartesa'; expected one of cald, cartesia, chirp, truedy, vantax/);
  await assert.rejects(simulator.world({ scenario: "cartesia/plan-fool" }), { status: 422, message: /did you mean cartesia\/plan-full/ });
  const nowhere = new Simulator({ url: "http://127.0.0.1:9" });
  await assert.rejects(nowhere.health(), { status: 0, message: /^no simulator answers at http:\/\/127\.0\.0\.1:9; start one with/ });
  const closed = await simulator.world({ scenario: { open: false }, strict: "inferred", name: "closed-world" });
  assert.equal(closed.name, "closed-world");
  assert.throws(() => closed.provider("cald").apiKey, /this world has no key for cald/);
  await closed.delete();
});
