import { Simulator } from "./index.js";
interface Started {
    getHost(): string;
    getMappedPort(port: number): number;
    stop(): Promise<unknown>;
}
/** What is used of the package `testcontainers`. */
export interface Testcontainers {
    GenericContainer: new (image: string) => unknown;
    Wait: {
        forHealthCheck(): unknown;
    };
}
export interface ContainerOptions {
    /** The image, which you have built: docs/containers-and-ci.md. */
    image?: string;
    /** The scenario of the world `default`. */
    scenario?: string;
}
/** A simulator in a container of its own. */
export declare class ContainerSimulator extends Simulator {
    private readonly container;
    constructor(container: Started, url: string);
    stop(): Promise<void>;
}
/** Start a container, and return the simulator in it when it is ready: `startSimulator(await import("testcontainers"))`. */
export declare function startSimulator(library: Testcontainers, options?: ContainerOptions): Promise<ContainerSimulator>;
export {};
