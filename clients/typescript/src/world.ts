import type { operations } from "./control.js";
import { SimulatorError, UncleanWorldError } from "./errors.js";
import { query, type Transport } from "./transport.js";

type Success<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
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
export class Rule {
  constructor(
    private readonly transport: Transport,
    private readonly path: string,
    readonly id: string,
  ) {}

  /** Return how often the rule fired. */
  async count(): Promise<number> {
    return (await this.transport.send<Answer<"explain_rule">>("GET", `${this.path}/${this.id}`)).fired;
  }

  async remove(): Promise<void> {
    await this.transport.send("DELETE", `${this.path}/${this.id}`);
  }
}

/** A private copy of all providers: accounts, numbers, clock, rules and request log of its own. */
export class World {
  private readonly path: string;
  private snapshots = 0;

  constructor(
    private readonly transport: Transport,
    readonly description: WorldDescription,
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

  /** Add a rule; it is tried before those of the scenario. */
  async rule(rule: RuleDescription): Promise<Rule> {
    const { id } = await this.transport.send<{ id: string }>("POST", `${this.path}/rules`, rule);
    return new Rule(this.transport, `${this.path}/rules`, id);
  }

  /** Return the requests of the log, the newest last. */
  async requests(filter: RequestFilter = {}): Promise<RequestRecord[]> {
    const found = await this.transport.send<Answer<"list_requests">>("GET", `${this.path}/requests${query({ ...filter })}`);
    return found.requests;
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
    return this.transport.send("GET", `${this.path}/state${query({ provider })}`);
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

  /** Return what a test that used this world should fail or be warned for. */
  verdict(): Promise<Verdict> {
    return this.transport.send("GET", `${this.path}/verdict`);
  }

  /** Delete the world without a look at the verdict. */
  async delete(): Promise<void> {
    await this.transport.send("DELETE", this.path);
  }

  /** Delete the world; throws an UncleanWorldError with the reasons if a test that used it should fail. */
  async close(options: { unknownFields?: "ignore" | "fail" } = {}): Promise<void> {
    try {
      const asked = query({ only_if_clean: true, unknown_fields: options.unknownFields });
      await this.transport.send("DELETE", `${this.path}${asked}`);
    } catch (error) {
      if (!(error instanceof SimulatorError) || error.status !== 409) throw error;
      await this.delete();
      const detail = error.message.replace("; the world is kept", "; the world was kept");
      throw new UncleanWorldError(detail.split("; the world was kept")[0] ?? detail, 409, error.body);
    }
  }
}
