/** A rejected request of the control API, or a server that does not answer. */
export class SimulatorError extends Error {
    status;
    body;
    constructor(message, 
    /** The status of the response; 0 if there was none. */
    status, 
    /** The body of the response: problem details (RFC 9457). */
    body = {}, options) {
        super(message, options);
        this.status = status;
        this.body = body;
        this.name = "SimulatorError";
    }
}
/** A test should fail: its client called what the provider does not have, or a rule of the test never fired. */
export class UncleanWorldError extends SimulatorError {
    name = "UncleanWorldError";
}
