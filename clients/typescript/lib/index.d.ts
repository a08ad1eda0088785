import type { Answer } from "./answers.js";
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
export declare class Simulator {
    private readonly transport;
    constructor(options?: SimulatorOptions);
    get url(): string;
    /** Return version and providers of the server. */
    health(): Promise<Answer<"health">>;
    /** Return the operations, errors and switches of each provider. */
    providers(): Promise<Answer<"list_providers">["providers"]>;
    /** Return names and descriptions of the scenarios on the server. */
    scenarios(): Promise<Answer<"list_scenarios">["scenarios"]>;
    /** Make a world; throws a TypeError for an option that does not exist. */
    world(options?: WorldOptions): Promise<World>;
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
export declare function worldPerTest(hooks: Hooks, options?: PerTestOptions): () => World;
