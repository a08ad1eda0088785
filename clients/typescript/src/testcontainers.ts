import { Simulator } from "./index.js";

interface Started {
  getHost(): string;
  getMappedPort(port: number): number;
  stop(): Promise<unknown>;
}

interface Container {
  withExposedPorts(port: number): Container;
  withEnvironment(environment: Record<string, string>): Container;
  withWaitStrategy(strategy: never): Container;
  start(): Promise<Started>;
}

/** What is used of the package `testcontainers`. */
export interface Testcontainers {
  GenericContainer: new (image: string) => unknown;
  Wait: { forHealthCheck(): unknown };
}

export interface ContainerOptions {
  /** The image, which you have built: docs/containers-and-ci.md. */
  image?: string;
  /** The scenario of the world `default`. */
  scenario?: string;
}

/** A simulator in a container of its own. */
export class ContainerSimulator extends Simulator {
  constructor(
    private readonly container: Started,
    url: string,
  ) {
    super({ url, token: "" });
  }

  async stop(): Promise<void> {
    await this.container.stop();
  }
}

/** Start a container, and return the simulator in it when it is ready: `startSimulator(await import("testcontainers"))`. */
export async function startSimulator(library: Testcontainers, options: ContainerOptions = {}): Promise<ContainerSimulator> {
  const { image = "provider-simulator:0.2.0", scenario } = options;
  const container = new library.GenericContainer(image) as Container;
  const started = await container
    .withExposedPorts(8080)
    .withEnvironment(scenario ? { SIMULATOR_SCENARIO: scenario } : {})
    .withWaitStrategy(library.Wait.forHealthCheck() as never)
    .start();
  return new ContainerSimulator(started, `http://${started.getHost()}:${started.getMappedPort(8080)}`);
}
