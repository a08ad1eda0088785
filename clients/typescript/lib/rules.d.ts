import type { Answer, RequestRecord } from "./answers.js";
import { type Transport } from "./transport.js";
/** The conditions of a rule: docs/fault-injection.md. */
export interface When {
    provider?: string;
    operation?: string;
    /** The name of a webhook's event, such as `chirp.message.received`. */
    event?: string;
    method?: string;
    path?: string;
    key?: string;
    headers?: Record<string, string>;
    query?: Record<string, string>;
    body?: Record<string, unknown>;
    /** What the request does not have: names of headers, of query parameters, and of fields such as `settings.voice`. */
    absent?: {
        headers?: string[];
        query?: string[];
        body?: string[];
    };
    clock?: {
        from?: string;
        to?: string;
    };
}
/** What happens to a request that a rule matches: docs/fault-injection.md; to a webhook: docs/webhooks.md. */
export interface Then {
    error?: string;
    status?: number;
    headers?: Record<string, string>;
    body?: unknown;
    amend?: {
        status?: number;
        headers?: Record<string, string>;
        body?: unknown;
        patch?: Record<string, unknown>[];
    };
    delay?: string | {
        uniform: [string, string];
    } | {
        lognormal: {
            median: string;
            sigma: number;
        };
    } | {
        p50?: string;
        p75?: string;
        p90?: string;
        p95?: string;
        p99?: string;
        p999?: string;
    };
    /** Hold the request until it is released, or until so many wait. */
    hold?: "until-released" | {
        until: number;
        order?: "arrival" | "reversed" | When[];
    };
    fault?: "reset" | "empty" | "garbage" | "truncate";
    stage?: "before" | "after_commit";
    repeat?: number;
    delivery?: string;
    secret?: string;
}
export interface RuleDescription {
    then: Then;
    when?: When;
    name?: string;
    skip?: number;
    times?: number;
    every?: number;
    probability?: number;
}
/** The real response, in a sequence. */
export declare const OK: unique symbol;
/** An outcome in a sequence: a status, the name of an error, the `then` of a rule, or the real response. */
export type Outcome = number | string | Then | typeof OK;
/** Return the `then` of a rule that has an outcome. */
export declare function thenOf(outcome: Outcome): Then;
/** A rule that a test has added. */
export declare class Rule {
    protected readonly transport: Transport;
    protected readonly world: string;
    readonly id: string;
    /** The id, unless the rule was given a name. */
    readonly name: string;
    constructor(transport: Transport, world: string, id: string, 
    /** The id, unless the rule was given a name. */
    name: string);
    private get path();
    /** Return the rule with its counts, and the request that came nearest to it. */
    explain(): Promise<Answer<"explain_rule">>;
    /** Return how often the rule fired. */
    count(): Promise<number>;
    /** Return the requests of the log for which the rule fired, the newest last. */
    requests(): Promise<RequestRecord[]>;
    /** Return the last request for which the rule fired. */
    last(): Promise<RequestRecord | undefined>;
    remove(): Promise<void>;
}
