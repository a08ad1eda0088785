import type { Act, Answer, Arrival, Clock, Difference, Done, Explanation, InboundCall, InboundMessage, Ledger, RequestRecord, State, Verdict, Webhook, WorldDescription } from "./answers.js";
import { Gate, type GateDescription, type GateOptions } from "./gate.js";
import { Rule, type Outcome, type RuleDescription } from "./rules.js";
import { type Transport } from "./transport.js";
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
/** Requests of the log, the newest last. */
export type Requests = RequestRecord[] & {
    /** How many requests are no longer in the log, or too many for a list: what is counted may be too few. */
    readonly dropped: number;
};
export interface WebhookFilter {
    provider?: string;
    event?: string;
    status?: Webhook["status"];
}
/** What decides whether a test should fail. */
export interface CheckOptions {
    /** Whether requests with fields that are not in the spec fail a test. */
    unknownFields?: "ignore" | "fail";
    /** Whether numbers that were bought and are still rented fail a test. */
    leaks?: "ignore" | "fail";
}
/** A private copy of all providers: accounts, numbers, clock, rules and request log of its own. */
export declare class World {
    private readonly transport;
    readonly description: WorldDescription;
    /** The text with which the world was made: another client may make one of the same name. */
    private readonly owner;
    private readonly path;
    private snapshots;
    constructor(transport: Transport, description: WorldDescription, 
    /** The text with which the world was made: another client may make one of the same name. */
    owner: string);
    get name(): string;
    /** Return base URL and keys of a provider, such as `cartesia`. */
    provider(name: string): Provider;
    /** Add a rule; it is tried after those that were added earlier, and before those of the scenario. */
    rule(rule: RuleDescription): Promise<Rule>;
    /** Answer the next requests to an operation one after another: `[503, "QUOTA_EXCEEDED", OK]`. Then all responses are real. */
    sequence(operation: string, outcomes: readonly Outcome[]): Promise<Rule[]>;
    /** Hold the requests to an operation until the gate that is returned releases them; `remove` releases what waits, too. */
    gate(operation: string, options?: GateOptions): Promise<Gate>;
    /** Return the gates, those of the scenario too, with the requests that wait. */
    gates(): Promise<GateDescription[]>;
    /** Return the rules in the order in which they are tried, with how often each matched and fired. */
    rules(): Promise<Answer<"list_rules">["rules"]>;
    /** Remove all rules, those of the scenario too. */
    removeRules(): Promise<void>;
    /** Return the requests of the log with their bodies, the newest last; a warning says where some are gone. */
    requests(filter?: RequestFilter): Promise<Requests>;
    /** Empty the request log. */
    forgetRequests(): Promise<void>;
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
    /** Go back to the accounts of the scenario, with nothing in them. */
    clear(): Promise<void>;
    /** Let the outside world act now: `{ number_lost: { … } }`, `{ subscription_lapsed: { provider: "truedy" } }`. */
    act(act: Act): Promise<Done>;
    /** Return the acts of the scenario's timeline and then those of `act`, and what came of each. */
    acts(): Promise<Answer<"list_acts">["acts"]>;
    /** Return what was bought, rented, called and sent, with prices; `rented` are the numbers that are rented still. */
    ledger(provider?: string): Promise<Ledger>;
    /** Return the sum of the ledger, in USD. */
    spend(provider?: string): Promise<number>;
    /** Return the webhooks with all attempts, the oldest first. */
    outbox(filter?: WebhookFilter): Promise<Webhook[]>;
    /** Send the webhooks that are due, wait until that is done, and return all of them. */
    deliver(): Promise<Webhook[]>;
    /** Send a webhook again, signed anew, and return it. */
    redeliver(webhook: Webhook | string): Promise<Webhook>;
    /** Let a call from outside reach a number; its webhooks are sent. */
    inboundCall(call: InboundCall): Promise<Arrival>;
    /** Let a message from outside reach a number; its webhooks are sent. */
    inboundMessage(message: InboundMessage): Promise<Arrival>;
    /** Return what a test that used this world should fail or be warned for. */
    verdict(): Promise<Verdict>;
    /** Delete the world without a look at the verdict. */
    delete(): Promise<void>;
    /** Delete the world; throws an UncleanWorldError with the reasons if a test that used it should fail. */
    close(options?: CheckOptions): Promise<void>;
}
