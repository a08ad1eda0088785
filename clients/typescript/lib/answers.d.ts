import type { components, operations } from "./control.js";
type Success<T> = T extends {
    content: {
        "application/json": infer Body;
    };
} ? Body : never;
type Content<T> = T extends {
    requestBody?: infer Body;
} ? Success<NonNullable<Body>> : never;
/** The body of the successful response to an operation of the control API. */
export type Answer<Id extends keyof operations> = Success<operations[Id]["responses"][(200 | 201) & keyof operations[Id]["responses"]]>;
/** The body of a request to an operation of the control API. */
export type Body<Id extends keyof operations> = Content<operations[Id]>;
export type WorldDescription = Answer<"get_world">;
export type Clock = Answer<"get_clock">;
export type Verdict = Answer<"get_verdict">;
export type RequestRecord = Answer<"list_requests">["requests"][number];
export type Explanation = Answer<"explain_request">;
export type State = Answer<"get_state">;
export type Difference = Answer<"diff_snapshot">;
/** What the accounts bought, rented, called and sent; amounts are texts in USD. */
export type Ledger = Answer<"get_ledger">;
/** A webhook with all attempts to deliver it. */
export type Webhook = components["schemas"]["Delivery"];
export type InboundCall = Body<"inbound_call">;
export type InboundMessage = Body<"inbound_message">;
/** Where a call or a message arrived, and the ids of what came of it. */
export type Arrival = Answer<"inbound_call">;
/** Something that the outside world does: a number is lost, an agent deleted, a subscription lapses or is renewed. */
export type Act = Body<"perform_act">;
/** An act, and what came of it. */
export type Done = Answer<"perform_act">;
export {};
