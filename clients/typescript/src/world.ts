import type {
  Act,
  Answer,
  Arrival,
  Clock,
  Difference,
  Done,
  Explanation,
  InboundCall,
  InboundMessage,
  Ledger,
  RequestRecord,
  State,
  Verdict,
  Webhook,
  WorldDescription,
} from "./answers.js";
import { SimulatorError, UncleanWorldError } from "./errors.js";
import { Gate, type GateDescription, type GateOptions } from "./gate.js";
import { Rule, thenOf, type Outcome, type RuleDescription } from "./rules.js";
import { MOST, query, type Transport } from "./transport.js";

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
export class World {
  private readonly path: string;
  private snapshots = 0;

  constructor(
    private readonly transport: Transport,
    readonly description: WorldDescription,
    /** The text with which the world was made: another client may make one of the same name. */
    private readonly owner: string,
  ) {
    this.path = `/worlds/${encodeURIComponent(description.name)}`;
  }

  get name(): string {
    return this.description.name;
  }

  /** Return base URL and keys of a provider, such as `cartesia`. */
  provider(name: string): Provider {
    const providers: Record<string, { base_url: string; keys: string[]; hosts?: string[] }> = this.description.providers;
    const found = providers[name];
    if (!found) throw new RangeError(`no provider '${name}'; expected one of ${Object.keys(providers).join(", ")}`);
    const { base_url: baseUrl, keys, hosts = [] } = found;
    return {
      baseUrl,
      keys,
      hosts,
      get apiKey() {
        if (keys[0] === undefined) throw new RangeError(`this world has no key for ${name}: its scenario is closed and lists none`);
        return keys[0];
      },
    };
  }

  /** Add a rule; it is tried after those that were added earlier, and before those of the scenario. */
  async rule(rule: RuleDescription): Promise<Rule> {
    const added = await this.transport.send<Answer<"add_rule">>("POST", `${this.path}/rules`, rule);
    return new Rule(this.transport, this.path, added.id, added.name);
  }

  /** Answer the next requests to an operation one after another: `[503, "QUOTA_EXCEEDED", OK]`. Then all responses are real. */
  async sequence(operation: string, outcomes: readonly Outcome[]): Promise<Rule[]> {
    const rules: Rule[] = [];
    try {
      for (const outcome of outcomes) rules.push(await this.rule({ when: { operation }, then: thenOf(outcome), times: 1 }));
    } catch (error) {
      await Promise.all(rules.map((rule) => rule.remove()));
      throw error;
    }
    return rules;
  }

  /** Hold the requests to an operation until the gate that is returned releases them; `remove` releases what waits, too. */
  async gate(operation: string, options: GateOptions = {}): Promise<Gate> {
    const { when, until, order, afterCommit, times, name } = options;
    const hold = until === undefined ? "until-released" : { until, ...(order ? { order } : {}) };
    const then = { hold, ...(afterCommit ? { stage: "after_commit" } : {}) };
    const rule = { when: { ...(operation ? { operation } : {}), ...when }, then, times, name };
    const added = await this.transport.send<Answer<"add_rule">>("POST", `${this.path}/rules`, rule);
    return new Gate(this.transport, this.path, added.id, added.name);
  }

  /** Return the gates, those of the scenario too, with the requests that wait. */
  async gates(): Promise<GateDescription[]> {
    return (await this.transport.send<Answer<"list_gates">>("GET", `${this.path}/gates`)).gates;
  }

  /** Return the rules in the order in which they are tried, with how often each matched and fired. */
  async rules(): Promise<Answer<"list_rules">["rules"]> {
    return (await this.transport.send<Answer<"list_rules">>("GET", `${this.path}/rules`)).rules;
  }

  /** Remove all rules, those of the scenario too. */
  async removeRules(): Promise<void> {
    await this.transport.send("DELETE", `${this.path}/rules`);
  }

  /** Return the requests of the log with their bodies, the newest last; a warning says where some are gone. */
  async requests(filter: RequestFilter = {}): Promise<Requests> {
    const asked = query({ ...filter, details: true, limit: MOST });
    const found = await this.transport.send<Answer<"list_requests">>("GET", `${this.path}/requests${asked}`);
    const dropped = found.dropped + found.total - found.requests.length;
    if (dropped) process.emitWarning(`${dropped} requests are gone from the log of ${this.name}: what is counted may be too few`);
    return Object.assign(found.requests, { dropped });
  }

  /** Empty the request log. */
  async forgetRequests(): Promise<void> {
    await this.transport.send("DELETE", `${this.path}/requests`);
  }

  /** Explain a request by its id, the value of the response header X-Simulator-Request. */
  explain(id: string): Promise<Explanation> {
    return this.transport.send("GET", `${this.path}/requests/${encodeURIComponent(id)}`);
  }

  clock(): Promise<Clock> {
    return this.transport.send("GET", `${this.path}/clock`);
  }

  /** Advance the world's clock by a number of seconds, or by a text such as `30s`, `5m`, `2h`, `1d`. */
  advance(by: number | string): Promise<Clock> {
    return this.setClock({ advance: by });
  }

  /** Stop the clock, at a time if one is given; `false` lets it run. */
  freeze(at: boolean | Date = true): Promise<Clock> {
    return this.setClock(at instanceof Date ? { freeze: true, set: at.toISOString() } : { freeze: at });
  }

  private setClock(change: Record<string, unknown>): Promise<Clock> {
    return this.transport.send("POST", `${this.path}/clock`, change);
  }

  /** Return the tables of each account, by provider. */
  state(provider?: string): Promise<State> {
    return this.transport.send("GET", `${this.path}/state${query({ provider, limit: MOST })}`);
  }

  /** Return the whole world as a text, of which `simulator.world({ document })` makes the same world; it holds keys in full. */
  save(): Promise<string> {
    return this.transport.text("GET", `${this.path}/snapshot`);
  }

  /** Save the state of the world, and return the name of the snapshot. */
  async snapshot(name = `snapshot-${++this.snapshots}`): Promise<string> {
    await this.transport.send("PUT", `${this.path}/snapshots/${encodeURIComponent(name)}`);
    return name;
  }

  async restore(snapshot: string): Promise<void> {
    await this.transport.send("POST", `${this.path}/snapshots/${encodeURIComponent(snapshot)}/restore`);
  }

  /** Return the records that differ from a snapshot. */
  diff(snapshot: string): Promise<Difference> {
    return this.transport.send("GET", `${this.path}/snapshots/${encodeURIComponent(snapshot)}/diff`);
  }

  /** Go back to the scenario. */
  async reset(): Promise<void> {
    await this.transport.send("POST", `${this.path}/reset`);
  }

  /** Go back to the accounts of the scenario, with nothing in them. */
  async clear(): Promise<void> {
    await this.transport.send("POST", `${this.path}/clear`);
  }

  /** Let the outside world act now: `{ number_lost: { … } }`, `{ subscription_lapsed: { provider: "truedy" } }`. */
  act(act: Act): Promise<Done> {
    return this.transport.send("POST", `${this.path}/acts`, act);
  }

  /** Return the acts of the scenario's timeline and then those of `act`, and what came of each. */
  async acts(): Promise<Answer<"list_acts">["acts"]> {
    return (await this.transport.send<Answer<"list_acts">>("GET", `${this.path}/acts`)).acts;
  }

  /** Return what was bought, rented, called and sent, with prices; `rented` are the numbers that are rented still. */
  ledger(provider?: string): Promise<Ledger> {
    return this.transport.send("GET", `${this.path}/ledger${query({ provider })}`);
  }

  /** Return the sum of the ledger, in USD. */
  async spend(provider?: string): Promise<number> {
    return Number((await this.ledger(provider)).spent);
  }

  /** Return the webhooks with all attempts, the oldest first. */
  async outbox(filter: WebhookFilter = {}): Promise<Webhook[]> {
    const asked = query({ ...filter, limit: MOST });
    return (await this.transport.send<Answer<"list_deliveries">>("GET", `${this.path}/outbox${asked}`)).deliveries;
  }

  /** Send the webhooks that are due, wait until that is done, and return all of them. */
  async deliver(): Promise<Webhook[]> {
    await this.transport.send("POST", `${this.path}/outbox/deliver`);
    return this.outbox();
  }

  /** Send a webhook again, signed anew, and return it. */
  async redeliver(webhook: Webhook | string): Promise<Webhook> {
    const path = `${this.path}/outbox/${encodeURIComponent(typeof webhook === "string" ? webhook : webhook.id)}`;
    await this.transport.send("POST", `${path}/redeliver`);
    return this.transport.send("GET", path);
  }

  /** Let a call from outside reach a number; its webhooks are sent. */
  inboundCall(call: InboundCall): Promise<Arrival> {
    return this.transport.send("POST", `${this.path}/inbound/calls`, call);
  }

  /** Let a message from outside reach a number; its webhooks are sent. */
  inboundMessage(message: InboundMessage): Promise<Arrival> {
    return this.transport.send("POST", `${this.path}/inbound/messages`, message);
  }

  /** Return what a test that used this world should fail or be warned for. */
  verdict(): Promise<Verdict> {
    return this.transport.send("GET", `${this.path}/verdict${query({ owner: this.owner })}`);
  }

  /** Delete the world without a look at the verdict. */
  async delete(): Promise<void> {
    await this.transport.send("DELETE", `${this.path}${query({ owner: this.owner })}`);
  }

  /** Delete the world; throws an UncleanWorldError with the reasons if a test that used it should fail. */
  async close(options: CheckOptions = {}): Promise<void> {
    const rented = options.leaks === "fail" ? (await this.ledger()).rented : [];
    try {
      const asked = query({ owner: this.owner, only_if_clean: true, unknown_fields: options.unknownFields });
      await this.transport.send("DELETE", `${this.path}${asked}`);
    } catch (error) {
      if (!(error instanceof SimulatorError) || error.status !== 409) throw error;
      await this.delete();
      const [detail] = error.message.split("; the world is kept");
      throw new UncleanWorldError(detail ?? error.message, 409, error.body);
    }
    if (rented.length) {
      const numbers = rented.map(({ provider, number, request }) => `${provider} ${number}, bought by ${request}`);
      throw new UncleanWorldError(`numbers that are still rented: ${numbers.join("; ")}`, 409, { rented });
    }
  }
}
