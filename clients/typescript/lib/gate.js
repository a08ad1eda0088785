import { Rule } from "./rules.js";
const PAUSE = 20; // milliseconds between two looks at a gate
/** Requests wait here until the test releases them. */
export class Gate extends Rule {
    /** Return the requests that wait, in the order in which they came. */
    async waiting() {
        return (await this.look()).waiting;
    }
    /** Wait until so many requests wait, and return them; throws an Error that names those that wait, and those that left. */
    async wait(count = 1, { timeout = 5000 } = {}) {
        for (const end = Date.now() + timeout;;) {
            const { waiting, left } = await this.look();
            if (waiting.length >= count)
                return waiting;
            if (Date.now() >= end) {
                const names = waiting.map(({ id, method, path }) => `${id} ${method} ${path}`).join(", ") || "none";
                const gone = left.map(({ id, why }) => `; ${id} left: ${why}`).join("");
                throw new Error(`expected ${count} requests at the gate '${this.name}' within ${timeout} ms; waiting: ${names}${gone}`);
            }
            await new Promise((resolve) => setTimeout(resolve, PAUSE));
        }
    }
    /** Release requests in this order, each when the one before it is answered; without arguments all that wait. */
    release(...requests) {
        const named = requests.map((one) => (typeof one === "string" ? one : one.id));
        return this.pass(named.length ? { requests: named } : {});
    }
    /** Release all that wait, and let all further requests pass. */
    open() {
        return this.pass({ open: true });
    }
    async pass(body) {
        const path = `${this.world}/gates/${encodeURIComponent(this.id)}/release`;
        return (await this.transport.send("POST", path, body)).released;
    }
    async look() {
        const { gates } = await this.transport.send("GET", `${this.world}/gates`);
        return gates.find(({ id }) => id === this.id) ?? { waiting: [], left: [] };
    }
}
