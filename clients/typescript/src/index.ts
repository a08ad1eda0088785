import { randomUUID } from "node:crypto";
import type { Answer, WorldDescription } from "./answers.js";
import { query, Transport } from "./transport.js";
import { World, type CheckOptions } from "./world.js";

export { SimulatorError, UncleanWorldError } from "./errors.js";
export type * from "./answers.js";
export { Gate, type GateDescription, type GateOptions, type HeldRequest, type Released } from "./gate.js";
export { OK, Rule, type Outcome, type RuleDescription, type Then, type When } from "./rules.js";
export * from "./world.js";
export type { components, operations, paths } from "./control.js";

export interface SimulatorOptions {
  /** The base URL of the server; by default SIMULATOR_URL, or http://127.0.0.1:8080. */
  url?: string;
  /** The admin token of the server; by default SIMULATOR_ADMIN_TOKEN. */
  token?: string;
}

export interface WorldOptions {
  /** The name of a scenario on the server, or a scenario: docs/scenarios.md. */
  scenario?: string | Record<string, unknown>;
  /** The name of the world; a new one by default. */
  name?: string;
  seed?: number;
  /** Return 501 for responses below this evidence level. */
  strict?: "documented" | "inferred";
  /** What `World.save` returned: the world continues where that one stood. Scenario, seed and strict are those of that world. */
  document?: string;
}

/** A running simulator. */
export class Simulator {
  private readonly transport: Transport;

  constructor(options: SimulatorOptions = {}) {
    const url = options.url ?? (process.env["SIMULATOR_URL"] || "http://127.0.0.1:8080");
    this.transport = new Transport(url.replace(/\/+$/, ""), options.token ?? process.env["SIMULATOR_ADMIN_TOKEN"] ?? "");
  }

  get url(): string {
    return this.transport.url;
  }

  /** Return version and providers of the server. */
  health(): Promise<Answer<"health">> {
    return this.transport.send("GET", "/health");
  }

  /** Return the operations, errors and switches of each provider. */
  async providers(): Promise<Answer<"list_providers">["providers"]> {
    return (await this.transport.send<Answer<"list_providers">>("GET", "/providers")).providers;
  }

  /** Return names and descriptions of the scenarios on the server. */
  async scenarios(): Promise<Answer<"list_scenarios">["scenarios"]> {
    return (await this.transport.send<Answer<"list_scenarios">>("GET", "/scenarios")).scenarios;
  }

  /** Make a world; throws a TypeError for an option that does not exist. */
  async world(options: WorldOptions = {}): Promise<World> {
    const { scenario, seed, strict, document, name = `test-${randomUUID()}`, ...unknown } = options;
    for (const option of Object.keys(unknown))
      throw new TypeError(`unknown option '${option}'; expected scenario, name, seed, strict or document`);
    const owner = randomUUID();
    const place = `/worlds/${encodeURIComponent(name)}`;
    if (document !== undefined) {
      if (scenario !== undefined || seed !== undefined || strict !== undefined)
        throw new TypeError("a document has its own scenario, seed and strict; leave them out");
      const made = await this.transport.text("PUT", `${place}/snapshot${query({ owner })}`, document);
      return new World(this.transport, JSON.parse(made) as WorldDescription, owner);
    }
    const path = `${place}${query({ owner, strict })}`;
    return new World(this.transport, await this.transport.send<WorldDescription>("PUT", path, { scenario, seed }), owner);
  }
}

/** The hooks of a test runner: those of vitest, jest and node:test fit. */
export interface Hooks {
  beforeEach(hook: () => Promise<void>): void;
  afterEach(hook: () => Promise<void>): void;
}

export interface PerTestOptions extends WorldOptions, CheckOptions {
  simulator?: Simulator;
}

/**
 * Make a world before each test, and delete it afterwards; a test fails if its world is not clean. Returns a function that returns
 * the world of the test that runs.
 */
export function worldPerTest(hooks: Hooks, options: PerTestOptions = {}): () => World {
  const { simulator = new Simulator(), unknownFields = "ignore", leaks = "ignore", ...rest } = options;
  let current: World | undefined;
  hooks.beforeEach(async () => {
    current = await simulator.world(rest);
  });
  hooks.afterEach(async () => {
    const world = current;
    current = undefined;
    await world?.close({ unknownFields, leaks });
  });
  return () => {
    if (!current) throw new Error("there is a world only while a test runs");
    return current;
  };
}
