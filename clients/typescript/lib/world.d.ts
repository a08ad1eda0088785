import type { operations } from "./control.js";
import { type Transport } from "./transport.js";
type Success<T> = T extends {
    content: {
        "application/json": infer Body;
    };
} ? Body : never;
/** The body of the successful response to an operation of the control API. */
export type Answer<Id extends keyof operations> = Success<operations[Id]["responses"][200 & keyof operations[Id]["responses"]]>;
export type WorldDescription = Answer<"get_world">;
export type Clock = Answer<"get_clock">;
export type Verdict = Answer<"get_verdict">;
export type RequestRecord = Answer<"list_requests">["requests"][number];
export type Explanation = Answer<"explain_request">;
export type State = Answer<"get_state">;
export type Difference = Answer<"diff_snapshot">;
/** The conditions of a rule: docs/fault-injection.md. */
export interface When {
    provider?: string;
    operation?: string;
    method?: string;
    path?: string;
    key?: string;
    headers?: Record<string, unknown>;
    query?: Record<string, unknown>;
    body?: Record<string, unknown>;
}
/** What happens to a request that a rule matches: docs/fault-injection.md. */
export interface Then {
    error?: string;
    status?: number;
    headers?: Record<string, string>;
    body?: unknown;
    amend?: Record<string, unknown>;
    delay?: string | number | Record<string, unknown>;
    fault?: "reset" | "empty" | "garbage" | "truncate";
    stage?: "before" | "after_commit";
}
export interface RuleDescription {
    then: Then;
    when?: When;
    name?: string;
    skip?: number;
    times?: number;
    probability?: number;
}
export interface RequestFilter {
    provider?: string;
    operation?: string;
    status?: number;
    matched?: boolean;
    rule?: string;
}
/** What a client needs to call a provider in a world. */
export interface Provider {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly keys: readonly string[];
    /** The provider's real hosts. */
    readonly hosts: readonly string[];
}
/** A rule that a test has added. */
export declare class Rule {
    private readonly transport;
    private readonly path;
    readonly id: string;
    constructor(transport: Transport, path: string, id: string);
    /** Return how often the rule fired. */
    count(): Promise<number>;
    remove(): Promise<void>;
}
/** A private copy of all providers: accounts, numbers, clock, rules and request log of its own. */
export declare class World {
    private readonly transport;
    readonly description: WorldDescription;
    private readonly path;
    private snapshots;
    constructor(transport: Transport, description: WorldDescription);
    get name(): string;
    /** Return base URL and keys of a provider, such as `cartesia`. */
    provider(name: string): Provider;
    /** Add a rule; it is tried before those of the scenario. */
    rule(rule: RuleDescription): Promise<Rule>;
    /** Return the requests of the log, the newest last. */
    requests(filter?: RequestFilter): Promise<RequestRecord[]>;
    /** Explain a request by its id, the value of the response header X-Simulator-Request. */
    explain(id: string): Promise<Explanation>;
    clock(): Promise<Clock>;
    /** Advance the world's clock by a number of seconds, or by a text such as `30s`, `5m`, `2h`, `1d`. */
    advance(by: number | string): Promise<Clock>;
    /** Stop the clock, at a time if one is given; `false` lets it run. */
    freeze(at?: boolean | Date): Promise<Clock>;
    private setClock;
    /** Return the tables of each account, by provider. */
    state(provider?: string): Promise<State>;
    /** Return the whole world as a text, of which `simulator.world({ document })` makes the same world; it holds keys in full. */
    save(): Promise<string>;
    /** Save the state of the world, and return the name of the snapshot. */
    snapshot(name?: string): Promise<string>;
    restore(snapshot: string): Promise<void>;
    /** Return the records that differ from a snapshot. */
    diff(snapshot: string): Promise<Difference>;
    /** Go back to the scenario. */
    reset(): Promise<void>;
    /** Return what a test that used this world should fail or be warned for. */
    verdict(): Promise<Verdict>;
    /** Delete the world without a look at the verdict. */
    delete(): Promise<void>;
    /** Delete the world; throws an UncleanWorldError with the reasons if a test that used it should fail. */
    close(options?: {
        unknownFields?: "ignore" | "fail";
    }): Promise<void>;
}
export {};
