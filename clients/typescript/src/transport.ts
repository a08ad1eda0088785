import { SimulatorError } from "./errors.js";

/** The longest list that a response has. */
export const MOST = 10_000;

/** Sends requests to the control API of one server. */
export class Transport {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  /** Send a request below `/_simulator`, and return the body of the response; throws a SimulatorError. */
  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.text(method, path, body === undefined ? undefined : JSON.stringify(body));
    return (text ? JSON.parse(text) : {}) as T;
  }

  /** Send a request whose body is JSON already, and return the text of the response; throws a SimulatorError. */
  async text(method: string, path: string, body?: string): Promise<string> {
    const headers: Record<string, string> = {};
    if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(`${this.url}/_simulator${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      const advice = "start one with `simulator serve`, or set SIMULATOR_URL";
      throw new SimulatorError(`no simulator answers at ${this.url}; ${advice}`, 0, {}, { cause: error });
    }
    const text = await response.text();
    let content: Record<string, unknown> = {};
    try {
      content = text ? JSON.parse(text) : {};
    } catch (error) {
      throw new SimulatorError(`what answers at ${this.url} is not a simulator`, response.status, {}, { cause: error });
    }
    if (!response.ok) throw new SimulatorError(String(content["detail"] ?? response.statusText), response.status, content);
    return text;
  }
}

/** Return a query string with the members that have a value. */
export function query(members: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}
