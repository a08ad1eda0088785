// A simulator in a container for the whole file, and a world of its own for each test. Run it: npm install && npm test
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { GenericContainer, Wait } from "testcontainers";

const IMAGE = "provider-simulator:0.2.0";

let container, url;
let worlds = 0;

before(async () => {
  container = await new GenericContainer(IMAGE).withExposedPorts(8080).withWaitStrategy(Wait.forHealthCheck()).start();
  url = `http://${container.getHost()}:${container.getMappedPort(8080)}`;
});

after(() => container?.stop());

// Makes a world from a scenario; it tells for each provider `base_url` and `keys`, which is all that an application needs.
async function makeWorld(scenario) {
  const answer = await fetch(`${url}/_simulator/worlds/node-${++worlds}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ scenario }),
  });
  assert.ok(answer.ok, await answer.clone().text());
  return (await answer.json()).providers;
}

// Your client; here as plain as can be. Only the base URL is another than in production.
function cartesia({ base_url, keys }) {
  const headers = { Authorization: `Bearer ${keys[0]}`, "Cartesia-Version": "2026-03-01", "Content-Type": "application/json" };
  return {
    buy: (label) =>
      fetch(`${base_url}/agents/phone-numbers/provision`, { method: "POST", headers, body: JSON.stringify({ label }) }),
    list: async () => (await (await fetch(`${base_url}/agents/phone-numbers`, { headers })).json()).data,
  };
}

test("a number is bought, and it is one that can never ring", async () => {
  const client = cartesia((await makeWorld("default")).cartesia);
  const bought = await client.buy("Support");
  assert.equal(bought.status, 201);
  assert.match((await bought.json()).number, /^\+1\d{10}$/);
});

test("the plan is full: no use in trying again", async () => {
  const client = cartesia((await makeWorld("cartesia/plan-full")).cartesia);
  const refused = await client.buy("Support");
  assert.equal(refused.status, 402);
  assert.equal((await refused.json()).error_code, "quota_exceeded");
});

test("the answer is lost: who just tries again finds the plan full, by a number that nobody knows of", async () => {
  const client = cartesia((await makeWorld("cartesia/lost-answer")).cartesia);
  await assert.rejects(client.buy("Support"), TypeError);
  assert.equal((await client.buy("Support")).status, 402);
  assert.deepEqual((await client.list()).map((number) => number.label), ["Support"]);
});
