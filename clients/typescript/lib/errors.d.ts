/** A rejected request of the control API, or a server that does not answer. */
export declare class SimulatorError extends Error {
    /** The status of the response; 0 if there was none. */
    readonly status: number;
    /** The body of the response: problem details (RFC 9457). */
    readonly body: Record<string, unknown>;
    constructor(message: string, 
    /** The status of the response; 0 if there was none. */
    status: number, 
    /** The body of the response: problem details (RFC 9457). */
    body?: Record<string, unknown>, options?: ErrorOptions);
}
/** A test should fail: its client called what the provider does not have, or a rule of the test never fired. */
export declare class UncleanWorldError extends SimulatorError {
    readonly name = "UncleanWorldError";
}
