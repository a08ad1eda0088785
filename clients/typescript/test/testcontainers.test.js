import assert from "node:assert/strict";
import { test } from "node:test";
import { startSimulator } from "provider-simulator/testcontainers";

const { hostname, port } = new URL(process.env.SIMULATOR_URL ?? "http://127.0.0.1:8080");

/** A stand-in for the library: the server of this test in place of a container. */
function library(calls) {
  const note = (name) => (...given) => (calls.push([name, ...given]), container);
  const container = {
    withExposedPorts: note("ports"),
    withEnvironment: note("environment"),
    withWaitStrategy: note("wait"),
    start: async () => ({ getHost: () => hostname, getMappedPort: () => Number(port), stop: async () => note("stop")() }),
  };
  return { GenericContainer: function (image) { note("image")(image); return container; }, Wait: { forHealthCheck: () => "health" } };
}

test("a simulator in a container", async () => {
  const calls = [];
  const simulator = await startSimulator(library(calls), { scenario: "cartesia/plan-full" });
  assert.equal((await simulator.health()).status, "ok");
  await simulator.stop();
  assert.deepEqual(calls, [
    ["image", "provider-simulator:0.2.0"],
    ["ports", 8080],
    ["environment", { SIMULATOR_SCENARIO: "cartesia/plan-full" }],
    ["wait", "health"],
    ["stop"],
  ]);
});
