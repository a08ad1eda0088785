import { Simulator } from "./index.js";
/** A simulator in a container of its own. */
export class ContainerSimulator extends Simulator {
    container;
    constructor(container, url) {
        super({ url, token: "" });
        this.container = container;
    }
    async stop() {
        await this.container.stop();
    }
}
/** Start a container, and return the simulator in it when it is ready: `startSimulator(await import("testcontainers"))`. */
export async function startSimulator(library, options = {}) {
    const { image = "provider-simulator:0.2.0", scenario } = options;
    const container = new library.GenericContainer(image);
    const started = await container
        .withExposedPorts(8080)
        .withEnvironment(scenario ? { SIMULATOR_SCENARIO: scenario } : {})
        .withWaitStrategy(library.Wait.forHealthCheck())
        .start();
    return new ContainerSimulator(started, `http://${started.getHost()}:${started.getMappedPort(8080)}`);
}
