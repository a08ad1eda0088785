import { MOST, query } from "./transport.js";
/** The real response, in a sequence. */
export const OK = Symbol("the real response");
/** Return the `then` of a rule that has an outcome. */
export function thenOf(outcome) {
    if (outcome === OK)
        return { delay: "0ms" }; // It counts as fired, and changes nothing.
    if (typeof outcome === "number")
        return { status: outcome };
    return typeof outcome === "string" ? { error: outcome } : outcome;
}
/** A rule that a test has added. */
export class Rule {
    transport;
    world;
    id;
    name;
    constructor(transport, world, id, 
    /** The id, unless the rule was given a name. */
    name) {
        this.transport = transport;
        this.world = world;
        this.id = id;
        this.name = name;
    }
    get path() {
        return `${this.world}/rules/${encodeURIComponent(this.id)}`;
    }
    /** Return the rule with its counts, and the request that came nearest to it. */
    explain() {
        return this.transport.send("GET", this.path);
    }
    /** Return how often the rule fired. */
    async count() {
        return (await this.explain()).fired;
    }
    /** Return the requests of the log for which the rule fired, the newest last. */
    async requests() {
        const asked = query({ rule_id: this.id, details: true, limit: MOST });
        return (await this.transport.send("GET", `${this.world}/requests${asked}`)).requests;
    }
    /** Return the last request for which the rule fired. */
    async last() {
        return (await this.requests()).at(-1);
    }
    async remove() {
        await this.transport.send("DELETE", this.path);
    }
}
