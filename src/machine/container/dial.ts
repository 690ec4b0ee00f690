import type { Duplex } from "node:stream";
import { Failure, messageOf } from "../../core/failure.ts";
import type { Address, Command, Finished, Machine } from "../../core/machine.ts";
import { within } from "../../core/within.ts";
import { formatAddress } from "../process/dial.ts";
import { openBridge } from "./bridge.ts";
import type { ServiceContainer } from "./container.ts";

/** An address on the same host answers at once, or there is no way there (Docker Desktop, rootless engines). */
const PATIENCE_MS = 5000;

interface ContainerAddress {
  readonly host: string;
  readonly port: number;
}

interface World {
  /** The machine that holds the container. */
  readonly machine: Machine;
  readonly service: string;
  readonly container: ServiceContainer;
  /** Finds the container anew. */
  readonly look: () => Promise<ServiceContainer>;
  /** Runs in the container. */
  readonly run: (command: Command) => Promise<Finished>;
}

type DialRoute = ContainerAddress | "bridge";

/**
 * The ways to a port of a container: where the host publishes it, its own address on its network, and where the host
 * reaches neither, a program in the container that passes the bytes on. Which one works is found out once.
 */
export class ServiceDial {
  readonly #world: World;
  #container: ServiceContainer;
  readonly #known = new Map<number, DialRoute>();

  constructor(world: World) {
    this.#world = world;
    this.#container = world.container;
  }

  /** Connects to an address as seen from the container. */
  async dial(address: Address): Promise<Duplex> {
    if ("socket" in address) {
      throw new Failure(`${address.socket} is in the service ${this.#world.service}: sockets there are not dialled.`, {
        code: "unreachable",
      });
    }
    if (!isLoopback(address.host)) return await this.#bridge(address);
    const { port } = address;
    const known = this.#known.get(port);
    if (known === undefined) return await this.#search(port);
    try {
      return await this.#take(known, port);
    } catch (error) {
      if (isLost(error)) throw error;
      // It may have been started again, with another address.
      this.#known.delete(port);
      this.#container = await this.#world.look();
      return await this.#search(port);
    }
  }

  /** Where the host, and where it can the container's neighbours, reach the port. */
  async addressOf(port: number): Promise<ContainerAddress | undefined> {
    const { hostNetwork, addresses } = this.#container;
    if (hostNetwork) return { host: "127.0.0.1", port };
    const ways = [...addresses.map((host) => ({ host, port })), ...this.#published(port)];
    for (const way of ways) {
      try {
        const stream = await this.#take(way, port);
        stream.destroy();
        return way;
      } catch (error) {
        if (isLost(error)) throw error;
      }
    }
    return undefined;
  }

  async #search(port: number): Promise<Duplex> {
    const { hostNetwork, addresses } = this.#container;
    const direct = hostNetwork ? [{ host: "127.0.0.1", port }] : [...this.#published(port), ...addresses.map((host) => ({ host, port }))];
    const tried: string[] = [];
    for (const way of [...direct, "bridge" as const]) {
      try {
        const stream = await this.#take(way, port);
        this.#known.set(port, way);
        return stream;
      } catch (error) {
        if (isLost(error)) throw error;
        tried.push(`${way === "bridge" ? "through the container" : formatAddress(way)}: ${messageOf(error)}`);
      }
    }
    const { service, machine } = this.#world;
    throw new Failure(`Port ${port} of the service ${service} cannot be reached from ${machine.name}.`, {
      code: "unreachable",
      evidence: tried,
      hint: `Check that the server in it is up. Else publish its port for the host alone (ports: ["127.0.0.1:${port}:${port}"] in the compose file), or give database-url.`,
    });
  }

  async #take(way: DialRoute, port: number): Promise<Duplex> {
    if (way === "bridge") return await this.#bridge({ host: "127.0.0.1", port });
    return await soon(this.#world.machine.dial(way), formatAddress(way));
  }

  async #bridge(address: ContainerAddress): Promise<Duplex> {
    return await openBridge(this.#world.run, address);
  }

  #published(port: number): readonly ContainerAddress[] {
    return this.#container.published.filter((one) => one.port === port).map((one) => one.at);
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function isLost(error: unknown): boolean {
  return error instanceof Failure && (error.code === "connection-lost" || error.exit === 2);
}

/** A firewall that drops what it does not like would be waited for much longer. */
async function soon(dialled: Promise<Duplex>, shown: string): Promise<Duplex> {
  const late = () => {
    throw new Failure(`${shown} did not answer within ${PATIENCE_MS / 1000} s.`, { code: "timeout" });
  };
  return await within({ ms: PATIENCE_MS, late, discard: (stream) => stream.destroy() }, async () => await dialled);
}
