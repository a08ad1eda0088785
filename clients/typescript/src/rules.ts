import type { Answer, RequestRecord } from "./answers.js";
import { MOST, query, type Transport } from "./transport.js";

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
  absent?: { headers?: string[]; query?: string[]; body?: string[] };
  clock?: { from?: string; to?: string };
}

/** What happens to a request that a rule matches: docs/fault-injection.md; to a webhook: docs/webhooks.md. */
export interface Then {
  error?: string;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  amend?: { status?: number; headers?: Record<string, string>; body?: unknown; patch?: Record<string, unknown>[] };
  delay?:
    | string
    | { uniform: [string, string] }
    | { lognormal: { median: string; sigma: number } }
    | { p50?: string; p75?: string; p90?: string; p95?: string; p99?: string; p999?: string };
  /** Hold the request until it is released, or until so many wait. */
  hold?: "until-released" | { until: number; order?: "arrival" | "reversed" | When[] };
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
export const OK: unique symbol = Symbol("the real response");

/** An outcome in a sequence: a status, the name of an error, the `then` of a rule, or the real response. */
export type Outcome = number | string | Then | typeof OK;

/** Return the `then` of a rule that has an outcome. */
export function thenOf(outcome: Outcome): Then {
  if (outcome === OK) return { delay: "0ms" }; // It counts as fired, and changes nothing.
  if (typeof outcome === "number") return { status: outcome };
  return typeof outcome === "string" ? { error: outcome } : (outcome as Then);
}

/** A rule that a test has added. */
export class Rule {
  constructor(
    protected readonly transport: Transport,
    protected readonly world: string,
    readonly id: string,
    /** The id, unless the rule was given a name. */
    readonly name: string,
  ) {}

  private get path(): string {
    return `${this.world}/rules/${encodeURIComponent(this.id)}`;
  }

  /** Return the rule with its counts, and the request that came nearest to it. */
  explain(): Promise<Answer<"explain_rule">> {
    return this.transport.send("GET", this.path);
  }

  /** Return how often the rule fired. */
  async count(): Promise<number> {
    return (await this.explain()).fired;
  }

  /** Return the requests of the log for which the rule fired, the newest last. */
  async requests(): Promise<RequestRecord[]> {
    const asked = query({ rule_id: this.id, details: true, limit: MOST });
    return (await this.transport.send<Answer<"list_requests">>("GET", `${this.world}/requests${asked}`)).requests;
  }

  /** Return the last request for which the rule fired. */
  async last(): Promise<RequestRecord | undefined> {
    return (await this.requests()).at(-1);
  }

  async remove(): Promise<void> {
    await this.transport.send("DELETE", this.path);
  }
}
