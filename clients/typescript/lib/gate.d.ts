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
/** Requests wait here until the test releases them. */
export declare class Gate extends Rule {
    /** Return the requests that wait, in the order in which they came. */
    waiting(): Promise<HeldRequest[]>;
    /** Wait until so many requests wait, and return them; throws an Error that names those that wait, and those that left. */
    wait(count?: number, { timeout }?: {
        timeout?: number | undefined;
    }): Promise<HeldRequest[]>;
    /** Release requests in this order, each when the one before it is answered; without arguments all that wait. */
    release(...requests: (HeldRequest | string)[]): Promise<Released[]>;
    /** Release all that wait, and let all further requests pass. */
    open(): Promise<Released[]>;
    private pass;
    private look;
}
