import { randomUUID } from "node:crypto";
import { Transport } from "./transport.js";
import { World } from "./world.js";
export { SimulatorError, UncleanWorldError } from "./errors.js";
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
    /** Make a world. */
    async world(options = {}) {
        const { scenario, seed, strict, document, name = `test-${randomUUID()}` } = options;
        if (document !== undefined) {
            if (scenario !== undefined || seed !== undefined || strict !== undefined)
                throw new TypeError("a document has its own scenario, seed and strict; leave them out");
            const place = `/worlds/${encodeURIComponent(name)}/snapshot`;
            return new World(this.transport, JSON.parse(await this.transport.text("PUT", place, document)));
        }
        const path = `/worlds/${encodeURIComponent(name)}${strict ? `?strict=${strict}` : ""}`;
        return new World(this.transport, await this.transport.send("PUT", path, { scenario, seed }));
    }
}
/**
 * Make a world before each test, and delete it afterwards; a test fails if its world is not clean. Returns a function that returns
 * the world of the test that runs.
 */
export function worldPerTest(hooks, options = {}) {
    const { simulator = new Simulator(), unknownFields, ...rest } = options;
    let current;
    hooks.beforeEach(async () => {
        current = await simulator.world(rest);
    });
    hooks.afterEach(async () => {
        const world = current;
        current = undefined;
        await world?.close(unknownFields ? { unknownFields } : {});
    });
    return () => {
        if (!current)
            throw new Error("there is a world only while a test runs");
        return current;
    };
}
