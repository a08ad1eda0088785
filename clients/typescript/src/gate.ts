import type { Answer } from "./answers.js";
import { Rule, type When } from "./rules.js";

/** A gate, with the requests that wait and those that left. */
export type GateDescription = Answer<"list_gates">["gates"][number];
/** A request that waits at a gate; keys and secrets are shortened. */
export type HeldRequest = GateDescription["waiting"][number];
/** A request that was released, and the status of its response. */
export type Released = Answer<"release_gate">["released"][number];

export interface GateOptions {
  /** Which of the requests to the operation are held. */
  when?: When;
  /** Open the gate as soon as so many requests wait. */
  until?: number;
  /** In which order `until` releases them: a list of conditions puts those first for which the first condition holds. */
  order?: "arrival" | "reversed" | When[];
  /** Hold the responses: requests take effect when they come. */
  afterCommit?: boolean;
  /** Hold at most so many requests. */
  times?: number;
  name?: string;
}

const PAUSE = 20; // milliseconds between two looks at a gate

/** Requests wait here until the test releases them. */
export class Gate extends Rule {
  /** Return the requests that wait, in the order in which they came. */
  async waiting(): Promise<HeldRequest[]> {
    return (await this.look()).waiting;
  }

  /** Wait until so many requests wait, and return them; throws an Error that names those that wait, and those that left. */
  async wait(count = 1, { timeout = 5000 } = {}): Promise<HeldRequest[]> {
    for (const end = Date.now() + timeout; ; ) {
      const { waiting, left } = await this.look();
      if (waiting.length >= count) return waiting;
      if (Date.now() >= end) {
        const names = waiting.map(({ id, method, path }) => `${id} ${method} ${path}`).join(", ") || "none";
        const gone = left.map(({ id, why }) => `; ${id} left: ${why}`).join("");
        throw new Error(`expected ${count} requests at the gate '${this.name}' within ${timeout} ms; waiting: ${names}${gone}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Release requests in this order, each when the one before it is answered; without arguments all that wait. */
  release(...requests: (HeldRequest | string)[]): Promise<Released[]> {
    const named = requests.map((one) => (typeof one === "string" ? one : one.id));
    return this.pass(named.length ? { requests: named } : {});
  }

  /** Release all that wait, and let all further requests pass. */
  open(): Promise<Released[]> {
    return this.pass({ open: true });
  }

  private async pass(body: Record<string, unknown>): Promise<Released[]> {
    const path = `${this.world}/gates/${encodeURIComponent(this.id)}/release`;
    return (await this.transport.send<Answer<"release_gate">>("POST", path, body)).released;
  }

  private async look(): Promise<Pick<GateDescription, "waiting" | "left">> {
    const { gates } = await this.transport.send<Answer<"list_gates">>("GET", `${this.world}/gates`);
    return gates.find(({ id }) => id === this.id) ?? { waiting: [], left: [] };
  }
}
