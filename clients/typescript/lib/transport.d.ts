/** The longest list that a response has. */
export declare const MOST = 10000;
/** Sends requests to the control API of one server. */
export declare class Transport {
    readonly url: string;
    private readonly token;
    constructor(url: string, token: string);
    /** Send a request below `/_simulator`, and return the body of the response; throws a SimulatorError. */
    send<T>(method: string, path: string, body?: unknown): Promise<T>;
    /** Send a request whose body is JSON already, and return the text of the response; throws a SimulatorError. */
    text(method: string, path: string, body?: string): Promise<string>;
}
/** Return a query string with the members that have a value. */
export declare function query(members: Record<string, string | number | boolean | undefined>): string;
