import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { freePort } from "../postgres.ts";
import type { KubernetesObject } from "./objects.ts";

export interface NodeOptions {
  /** Kubernetes' API, where nobody asks for a login. */
  readonly api: string;
  readonly namespace: string;
  /** Where images are: each a folder under its name, as the registry has it. */
  readonly images: string;
  /** The program that runs `server.cjs` of an image, and what it always gets. */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The app's own port: what comes there goes to a ready pod. */
  readonly port: number;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
  }[];
  readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
}

interface Running {
  readonly child: ChildProcess | undefined;
  readonly port: number;
  ready: boolean;
  /** What it said so far. */
  log: string;
}

/**
 * Stands for a node and the service in front: each pod of one container runs as a process here, is asked its readiness
 * probe, and its state is told to the API. An image that is not there is not pulled, as where a tag is missing.
 */
export async function startNode(options: NodeOptions): Promise<AsyncDisposable> {
  const running = new Map<string, Running>();
  const told = new Map<string, string>();
  const pods = `${options.api}/api/v1/namespaces/${options.namespace}/pods`;
  const over = new AbortController();
  const service = await serve(options.port, () => [...running.values()].findLast(({ ready }) => ready)?.port);

  const turn = async (): Promise<void> => {
    const listed = (await json(pods, over.signal)) as { items?: readonly KubernetesObject[] };
    const items = (listed.items ?? []).filter((pod) => pod.metadata["deletionTimestamp"] === undefined);
    for (const [name, { child }] of running)
      if (!items.some((pod) => pod.metadata.name === name)) {
        child?.kill("SIGKILL");
        running.delete(name);
      }
    for (const pod of items) await look(pod);
  };
  const look = async (pod: KubernetesObject): Promise<void> => {
    const { name } = pod.metadata;
    const container = (pod.spec as { containers: readonly [Container] }).containers[0];
    let one = running.get(name);
    if (one === undefined) running.set(name, (one = await start(container)));
    one.ready = one.child !== undefined && one.child.exitCode === null && (await probed(one.port, container));
    const status = statusOf(container, one);
    // A real API server keeps only what it knows, and leaves the log out.
    const said = JSON.stringify(status);
    if (told.get(name) === said) return;
    told.set(name, said);
    const headers = { "content-type": "application/merge-patch+json" };
    await fetch(`${pods}/${name}/status`, { method: "PATCH", headers, body: JSON.stringify({ status }), signal: over.signal });
  };
  const start = async (container: Container): Promise<Running> => {
    const [port, folder] = [await freePort(), join(options.images, container.image)];
    if (!existsSync(folder)) return { child: undefined, port, ready: false, log: "" };
    const env = { ...options.env, ...(await environmentOf(container)), PORT: String(port) };
    const child = spawn(options.program, ["server.cjs"], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
    const one: Running = { child, port, ready: false, log: "" };
    child.stderr.on("data", (part: Buffer) => (one.log += part.toString()));
    return one;
  };
  const environmentOf = async ({ env = [] }: Container): Promise<Readonly<Record<string, string>>> => {
    const values = env.map(async ({ name, value = "", valueFrom }) => {
      if (valueFrom === undefined) return [name, value] as const;
      const { name: secret, key } = valueFrom.secretKeyRef;
      const { data } = (await json(`${pods.replace(/pods$/, "secrets")}/${secret}`, over.signal)) as { data: Record<string, string> };
      return [name, Buffer.from(data[key] ?? "", "base64").toString("utf8")] as const;
    });
    return Object.fromEntries(await Promise.all(values));
  };

  const killAll = (): void => {
    for (const { child } of running.values()) child?.kill("SIGKILL");
  };
  process.once("exit", killAll);
  const ended = (async () => {
    while (!over.signal.aborted) {
      await turn().catch((error: unknown) => {
        if (!over.signal.aborted) throw error;
      });
      await new Promise((done) => setTimeout(done, 100));
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await ended;
      killAll();
      process.off("exit", killAll);
      service.close();
    },
  };
}

function statusOf(container: Container, { child, ready, log }: Running) {
  const waiting = child === undefined ? "ErrImagePull" : "CrashLoopBackOff";
  const alive = child !== undefined && child.exitCode === null;
  const state = alive ? { running: {} } : { waiting: { reason: waiting } };
  const { name, image } = container;
  return {
    log,
    phase: alive ? "Running" : "Pending",
    conditions: [
      { type: "PodScheduled", status: "True" },
      { type: "Ready", status: ready ? "True" : "False" },
    ],
    containerStatuses: [{ name, image, imageID: image, ready, started: alive, restartCount: 0, state }],
  } as const;
}

async function probed(port: number, { readinessProbe }: Container): Promise<boolean> {
  const url = `http://127.0.0.1:${port}${readinessProbe?.httpGet.path ?? "/"}`;
  return await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function json(url: string, signal: AbortSignal): Promise<unknown> {
  return await (await fetch(url, { signal })).json();
}

async function serve(port: number, target: () => number | undefined): Promise<{ close(): void }> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.once("close", () => open.delete(client));
    const to = target();
    if (to === undefined) return void client.destroy();
    const pod = connect(to, "127.0.0.1");
    client.on("error", () => pod.destroy());
    pod.on("error", () => client.resetAndDestroy());
    client.pipe(pod).pipe(client);
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return {
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
