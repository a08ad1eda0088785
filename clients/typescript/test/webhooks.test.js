import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Simulator, SimulatorError, UncleanWorldError, worldPerTest } from "provider-simulator";

const KEY = "truedy_Demo0000000000000000000000000000";
const AGENT = "11111111-1111-4111-8111-111111111111";
const NUMBER = "+14155550142";
const CALLER = "+12125550199";
const simulator = new Simulator();
const received = [];
let answer = 200;
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    received.push(JSON.parse(body).event);
    response.writeHead(answer).end();
  });
});
let world;

before(() => new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve)));
after(() => receiver.close());
beforeEach(async () => {
  received.length = 0;
  answer = 200;
  const webhooks = [{ url: `http://127.0.0.1:${receiver.address().port}/hooks`, secret: "whsec_test" }];
  const numbers = [{ phone_number: NUMBER, inbound_agent_id: AGENT, outbound_agent_id: AGENT }];
  const truedy = { agents: [{ id: AGENT }], numbers, webhooks };
  const clock = { start: "2026-03-01T00:00:00Z", frozen: true };
  world = await simulator.world({ scenario: { clock, accounts: [{ keys: [KEY], truedy }] } });
});
afterEach(() => world.close());

test("a call from outside, and its webhooks", async () => {
  const call = await world.inboundCall({ from: CALLER, to: NUMBER, turns: [{ role: "caller", text: "Are you open?" }] });
  assert.equal(call.provider, "truedy");
  assert.equal(call.records.length, 1);
  await world.advance("5m");
  const webhooks = await world.deliver();
  assert.deepEqual(webhooks.map(({ event }) => event), received);
  assert.ok(received.includes("call.started") && received.includes("call.ended"));
  assert.deepEqual(new Set(webhooks.map(({ status }) => status)), new Set(["delivered"]));
  assert.deepEqual((await world.outbox({ event: "call.ended" })).map(({ attempts }) => attempts.length), [1]);
  await assert.rejects(world.outbox({ event: "call.end" }), { status: 422, message: /unknown event 'call.end'/ });
});

test("a webhook that is not taken is sent again", async () => {
  answer = 503;
  await world.inboundCall({ from: CALLER, to: NUMBER });
  const [first] = await world.deliver();
  assert.equal(first.status, "pending");
  assert.equal(first.attempts[0].status, 503);
  answer = 200;
  await world.redeliver(first);
  await world.deliver();
  const again = await world.redeliver(first.id);
  assert.equal(again.event, first.event);
  assert.ok(received.filter((event) => event === first.event).length >= 2);
});

test("a message to a number that takes none is refused", async () => {
  const refused = world.inboundMessage({ from: CALLER, to: NUMBER, text: "Hi", media: [] });
  await assert.rejects(refused, (error) => error instanceof SimulatorError && error.status === 409);
  await assert.rejects(world.inboundCall({ from: CALLER, to: "+14155550199" }), { status: 404, message: /nobody in this world/ });
});

/** Your client of Vantax. */
async function buy(world) {
  const { baseUrl, apiKey } = world.provider("vantax");
  const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ sub_account_id: "sub_8a1f4c2e", country: "US", area_code: "415" });
  return (await (await fetch(`${baseUrl}/phone-numbers`, { method: "POST", headers, body })).json()).data.number;
}

test("the ledger, and numbers that are still rented", async () => {
  const shop = await simulator.world();
  assert.equal(await shop.spend(), 0);
  const number = await buy(shop);
  const { entries, rented, spent, currency } = await shop.ledger("vantax");
  assert.deepEqual(rented.map((held) => held.number), [number]);
  assert.ok(entries.some((entry) => entry.kind === "purchase" && entry.number === number));
  assert.equal(currency, "USD");
  assert.equal(await shop.spend("vantax"), Number(spent));
  assert.ok(Number(spent) > 0);
  await assert.rejects(shop.spend("vantex"), { status: 422, message: /did you mean vantax\?/ });
  await assert.rejects(shop.ledger(""), { status: 422 });
  await assert.rejects(shop.close({ leaks: "fail" }), (error) => {
    assert.ok(error instanceof UncleanWorldError);
    assert.match(error.message, new RegExp(`^numbers that are still rented: vantax \\${number}, bought by req-\\d+$`));
    return true;
  });
  await assert.rejects(shop.verdict(), { status: 404 });
});

test("the hook fails a test that leaves a number rented", async () => {
  const hooks = {};
  const own = worldPerTest(
    { beforeEach: (hook) => (hooks.before = hook), afterEach: (hook) => (hooks.after = hook) },
    { simulator, leaks: "fail" },
  );
  await hooks.before();
  await buy(own());
  await assert.rejects(hooks.after(), /still rented: vantax/);
});
