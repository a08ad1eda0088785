import { randomUUID } from "node:crypto";
import { query, Transport } from "./transport.js";
import { World } from "./world.js";
export { SimulatorError, UncleanWorldError } from "./errors.js";
export { Gate } from "./gate.js";
export { OK, Rule } from "./rules.js";
export * from "./world.js";
/** A running simulator. */
export class Simulator {
    transport;
    constructor(options = {}) {
        const url = options.url ?? (process.env["SIMULATOR_URL"] || "http://127.0.0.1:8080");
        this.transport = new Transport(url.replace(/\/+$/, ""), options.token ?? process.env["SIMULATOR_ADMIN_TOKEN"] ?? "");
    }
    get url() {
        return this.transport.url;
    }
    /** Return version and providers of the server. */
    health() {
        return this.transport.send("GET", "/health");
    }
    /** Return the operations, errors and switches of each provider. */
    async providers() {
        return (await this.transport.send("GET", "/providers")).providers;
    }
    /** Return names and descriptions of the scenarios on the server. */
    async scenarios() {
        return (await this.transport.send("GET", "/scenarios")).scenarios;
    }
    /** Make a world; throws a TypeError for an option that does not exist. */
    async world(options = {}) {
        const { scenario, seed, strict, document, name = `test-${randomUUID()}`, ...unknown } = options;
        for (const option of Object.keys(unknown))
            throw new TypeError(`unknown option '${option}'; expected scenario, name, seed, strict or document`);
        const owner = randomUUID();
        const place = `/worlds/${encodeURIComponent(name)}`;
        if (document !== undefined) {
            if (scenario !== undefined || seed !== undefined || strict !== undefined)
                throw new TypeError("a document has its own scenario, seed and strict; leave them out");
            const made = await this.transport.text("PUT", `${place}/snapshot${query({ owner })}`, document);
            return new World(this.transport, JSON.parse(made), owner);
        }
        const path = `${place}${query({ owner, strict })}`;
        return new World(this.transport, await this.transport.send("PUT", path, { scenario, seed }), owner);
    }
}
/**
 * Make a world before each test, and delete it afterwards; a test fails if its world is not clean. Returns a function that returns
 * the world of the test that runs.
 */
export function worldPerTest(hooks, options = {}) {
    const { simulator = new Simulator(), unknownFields = "ignore", leaks = "ignore", ...rest } = options;
    let current;
    hooks.beforeEach(async () => {
        current = await simulator.world(rest);
    });
    hooks.afterEach(async () => {
        const world = current;
        current = undefined;
        await world?.close({ unknownFields, leaks });
    });
    return () => {
        if (!current)
            throw new Error("there is a world only while a test runs");
        return current;
    };
}
