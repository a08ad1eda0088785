/** A rejected request of the control API, or a server that does not answer. */
export class SimulatorError extends Error {
  constructor(
    message: string,
    /** The status of the response; 0 if there was none. */
    readonly status: number,
    /** The body of the response: problem details (RFC 9457). */
    readonly body: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "SimulatorError";
  }
}

/** A test should fail: its client called what the provider does not have, or a rule of the test never fired. */
export class UncleanWorldError extends SimulatorError {
  override readonly name = "UncleanWorldError";
}
