import { SimulatorError, UncleanWorldError } from "./errors.js";
import { query } from "./transport.js";
/** A rule that a test has added. */
export class Rule {
    transport;
    path;
    id;
    constructor(transport, path, id) {
        this.transport = transport;
        this.path = path;
        this.id = id;
    }
    /** Return how often the rule fired. */
    async count() {
        return (await this.transport.send("GET", `${this.path}/${this.id}`)).fired;
    }
    async remove() {
        await this.transport.send("DELETE", `${this.path}/${this.id}`);
    }
}
/** A private copy of all providers: accounts, numbers, clock, rules and request log of its own. */
export class World {
    transport;
    description;
    path;
    snapshots = 0;
    constructor(transport, description) {
        this.transport = transport;
        this.description = description;
        this.path = `/worlds/${encodeURIComponent(description.name)}`;
    }
    get name() {
        return this.description.name;
    }
    /** Return base URL and keys of a provider, such as `cartesia`. */
    provider(name) {
        const providers = this.description.providers;
        const found = providers[name];
        if (!found)
            throw new RangeError(`no provider '${name}'; expected one of ${Object.keys(providers).join(", ")}`);
        const { base_url: baseUrl, keys, hosts = [] } = found;
        return {
            baseUrl,
            keys,
            hosts,
            get apiKey() {
                if (keys[0] === undefined)
                    throw new RangeError(`this world has no key for ${name}: its scenario is closed and lists none`);
                return keys[0];
            },
        };
    }
    /** Add a rule; it is tried before those of the scenario. */
    async rule(rule) {
        const { id } = await this.transport.send("POST", `${this.path}/rules`, rule);
        return new Rule(this.transport, `${this.path}/rules`, id);
    }
    /** Return the requests of the log, the newest last. */
    async requests(filter = {}) {
        const found = await this.transport.send("GET", `${this.path}/requests${query({ ...filter })}`);
        return found.requests;
    }
    /** Explain a request by its id, the value of the response header X-Simulator-Request. */
    explain(id) {
        return this.transport.send("GET", `${this.path}/requests/${encodeURIComponent(id)}`);
    }
    clock() {
        return this.transport.send("GET", `${this.path}/clock`);
    }
    /** Advance the world's clock by a number of seconds, or by a text such as `30s`, `5m`, `2h`, `1d`. */
    advance(by) {
        return this.setClock({ advance: by });
    }
    /** Stop the clock, at a time if one is given; `false` lets it run. */
    freeze(at = true) {
        return this.setClock(at instanceof Date ? { freeze: true, set: at.toISOString() } : { freeze: at });
    }
    setClock(change) {
        return this.transport.send("POST", `${this.path}/clock`, change);
    }
    /** Return the tables of each account, by provider. */
    state(provider) {
        return this.transport.send("GET", `${this.path}/state${query({ provider })}`);
    }
    /** Return the whole world as a text, of which `simulator.world({ document })` makes the same world; it holds keys in full. */
    save() {
        return this.transport.text("GET", `${this.path}/snapshot`);
    }
    /** Save the state of the world, and return the name of the snapshot. */
    async snapshot(name = `snapshot-${++this.snapshots}`) {
        await this.transport.send("PUT", `${this.path}/snapshots/${encodeURIComponent(name)}`);
        return name;
    }
    async restore(snapshot) {
        await this.transport.send("POST", `${this.path}/snapshots/${encodeURIComponent(snapshot)}/restore`);
    }
    /** Return the records that differ from a snapshot. */
    diff(snapshot) {
        return this.transport.send("GET", `${this.path}/snapshots/${encodeURIComponent(snapshot)}/diff`);
    }
    /** Go back to the scenario. */
    async reset() {
        await this.transport.send("POST", `${this.path}/reset`);
    }
    /** Return what a test that used this world should fail or be warned for. */
    verdict() {
        return this.transport.send("GET", `${this.path}/verdict`);
    }
    /** Delete the world without a look at the verdict. */
    async delete() {
        await this.transport.send("DELETE", this.path);
    }
    /** Delete the world; throws an UncleanWorldError with the reasons if a test that used it should fail. */
    async close(options = {}) {
        try {
            const asked = query({ only_if_clean: true, unknown_fields: options.unknownFields });
            await this.transport.send("DELETE", `${this.path}${asked}`);
        }
        catch (error) {
            if (!(error instanceof SimulatorError) || error.status !== 409)
                throw error;
            await this.delete();
            const detail = error.message.replace("; the world is kept", "; the world was kept");
            throw new UncleanWorldError(detail.split("; the world was kept")[0] ?? detail, 409, error.body);
        }
    }
}
