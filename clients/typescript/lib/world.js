import { SimulatorError, UncleanWorldError } from "./errors.js";
import { Gate } from "./gate.js";
import { Rule, thenOf } from "./rules.js";
import { MOST, query } from "./transport.js";
/** A private copy of all providers: accounts, numbers, clock, rules and request log of its own. */
export class World {
    transport;
    description;
    owner;
    path;
    snapshots = 0;
    constructor(transport, description, 
    /** The text with which the world was made: another client may make one of the same name. */
    owner) {
        this.transport = transport;
        this.description = description;
        this.owner = owner;
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
    /** Add a rule; it is tried after those that were added earlier, and before those of the scenario. */
    async rule(rule) {
        const added = await this.transport.send("POST", `${this.path}/rules`, rule);
        return new Rule(this.transport, this.path, added.id, added.name);
    }
    /** Answer the next requests to an operation one after another: `[503, "QUOTA_EXCEEDED", OK]`. Then all responses are real. */
    async sequence(operation, outcomes) {
        const rules = [];
        try {
            for (const outcome of outcomes)
                rules.push(await this.rule({ when: { operation }, then: thenOf(outcome), times: 1 }));
        }
        catch (error) {
            await Promise.all(rules.map((rule) => rule.remove()));
            throw error;
        }
        return rules;
    }
    /** Hold the requests to an operation until the gate that is returned releases them; `remove` releases what waits, too. */
    async gate(operation, options = {}) {
        const { when, until, order, afterCommit, times, name } = options;
        const hold = until === undefined ? "until-released" : { until, ...(order ? { order } : {}) };
        const then = { hold, ...(afterCommit ? { stage: "after_commit" } : {}) };
        const rule = { when: { ...(operation ? { operation } : {}), ...when }, then, times, name };
        const added = await this.transport.send("POST", `${this.path}/rules`, rule);
        return new Gate(this.transport, this.path, added.id, added.name);
    }
    /** Return the gates, those of the scenario too, with the requests that wait. */
    async gates() {
        return (await this.transport.send("GET", `${this.path}/gates`)).gates;
    }
    /** Return the rules in the order in which they are tried, with how often each matched and fired. */
    async rules() {
        return (await this.transport.send("GET", `${this.path}/rules`)).rules;
    }
    /** Remove all rules, those of the scenario too. */
    async removeRules() {
        await this.transport.send("DELETE", `${this.path}/rules`);
    }
    /** Return the requests of the log with their bodies, the newest last; a warning says where some are gone. */
    async requests(filter = {}) {
        const asked = query({ ...filter, details: true, limit: MOST });
        const found = await this.transport.send("GET", `${this.path}/requests${asked}`);
        const dropped = found.dropped + found.total - found.requests.length;
        if (dropped)
            process.emitWarning(`${dropped} requests are gone from the log of ${this.name}: what is counted may be too few`);
        return Object.assign(found.requests, { dropped });
    }
    /** Empty the request log. */
    async forgetRequests() {
        await this.transport.send("DELETE", `${this.path}/requests`);
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
        return this.transport.send("GET", `${this.path}/state${query({ provider, limit: MOST })}`);
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
    /** Go back to the accounts of the scenario, with nothing in them. */
    async clear() {
        await this.transport.send("POST", `${this.path}/clear`);
    }
    /** Let the outside world act now: `{ number_lost: { … } }`, `{ subscription_lapsed: { provider: "truedy" } }`. */
    act(act) {
        return this.transport.send("POST", `${this.path}/acts`, act);
    }
    /** Return the acts of the scenario's timeline and then those of `act`, and what came of each. */
    async acts() {
        return (await this.transport.send("GET", `${this.path}/acts`)).acts;
    }
    /** Return what was bought, rented, called and sent, with prices; `rented` are the numbers that are rented still. */
    ledger(provider) {
        return this.transport.send("GET", `${this.path}/ledger${query({ provider })}`);
    }
    /** Return the sum of the ledger, in USD. */
    async spend(provider) {
        return Number((await this.ledger(provider)).spent);
    }
    /** Return the webhooks with all attempts, the oldest first. */
    async outbox(filter = {}) {
        const asked = query({ ...filter, limit: MOST });
        return (await this.transport.send("GET", `${this.path}/outbox${asked}`)).deliveries;
    }
    /** Send the webhooks that are due, wait until that is done, and return all of them. */
    async deliver() {
        await this.transport.send("POST", `${this.path}/outbox/deliver`);
        return this.outbox();
    }
    /** Send a webhook again, signed anew, and return it. */
    async redeliver(webhook) {
        const path = `${this.path}/outbox/${encodeURIComponent(typeof webhook === "string" ? webhook : webhook.id)}`;
        await this.transport.send("POST", `${path}/redeliver`);
        return this.transport.send("GET", path);
    }
    /** Let a call from outside reach a number; its webhooks are sent. */
    inboundCall(call) {
        return this.transport.send("POST", `${this.path}/inbound/calls`, call);
    }
    /** Let a message from outside reach a number; its webhooks are sent. */
    inboundMessage(message) {
        return this.transport.send("POST", `${this.path}/inbound/messages`, message);
    }
    /** Return what a test that used this world should fail or be warned for. */
    verdict() {
        return this.transport.send("GET", `${this.path}/verdict${query({ owner: this.owner })}`);
    }
    /** Delete the world without a look at the verdict. */
    async delete() {
        await this.transport.send("DELETE", `${this.path}${query({ owner: this.owner })}`);
    }
    /** Delete the world; throws an UncleanWorldError with the reasons if a test that used it should fail. */
    async close(options = {}) {
        const rented = options.leaks === "fail" ? (await this.ledger()).rented : [];
        try {
            const asked = query({ owner: this.owner, only_if_clean: true, unknown_fields: options.unknownFields });
            await this.transport.send("DELETE", `${this.path}${asked}`);
        }
        catch (error) {
            if (!(error instanceof SimulatorError) || error.status !== 409)
                throw error;
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
