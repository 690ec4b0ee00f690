import { randomUUID } from "node:crypto";

/** A Kubernetes object, as JSON. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  // oxlint-disable-next-line no-explicit-any -- each kind has its own
  readonly spec?: any;
  // oxlint-disable-next-line no-explicit-any -- each kind has its own
  readonly status?: any;
  readonly [field: string]: unknown;
}

export interface ObjectEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly version: number;
  readonly collection: string;
  readonly object: KubernetesObject;
}

/** The objects of a cluster, by collection (`apps/v1/deployments`), namespace and name; and all that happened to them. */
export class Objects {
  readonly #byKey = new Map<string, KubernetesObject>();
  readonly #events: ObjectEvent[] = [];
  readonly #listeners = new Set<(event: ObjectEvent) => void>();

  get version(): number {
    return this.#events.length;
  }

  get(collection: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.#byKey.get(keyOf(collection, namespace, name));
  }

  list(collection: string, namespace?: string): readonly KubernetesObject[] {
    const start = namespace === undefined ? `${collection}|` : keyOf(collection, namespace, "");
    return [...this.#byKey].filter(([key]) => key.startsWith(start)).map(([, object]) => object);
  }

  /** Writes an object, new or changed. Another `spec` is another generation; `status` is kept where none is given. */
  put(collection: string, namespace: string, object: KubernetesObject): KubernetesObject {
    const { name } = object.metadata;
    const before = this.get(collection, namespace, name);
    const changed = JSON.stringify(before?.spec) !== JSON.stringify(object.spec);
    const generation = (before?.metadata.generation ?? 0) + (changed ? 1 : 0);
    const written: KubernetesObject = {
      ...object,
      metadata: {
        ...object.metadata,
        namespace,
        uid: before?.metadata.uid ?? randomUUID(),
        creationTimestamp: before?.metadata["creationTimestamp"] ?? new Date().toISOString().replace(/\.\d+/, ""),
        generation,
        resourceVersion: String(this.version + 1),
      },
      ...((object.status ?? before?.status) !== undefined && { status: object.status ?? before?.status }),
    };
    this.#byKey.set(keyOf(collection, namespace, name), written);
    this.#tell(before === undefined ? "ADDED" : "MODIFIED", collection, written);
    return written;
  }

  delete(collection: string, namespace: string, name: string): KubernetesObject | undefined {
    const object = this.get(collection, namespace, name);
    this.#byKey.delete(keyOf(collection, namespace, name));
    if (object !== undefined) this.#tell("DELETED", collection, object);
    return object;
  }

  /** Tells of what happened after a version, and of what happens from now on, until the returned function is called. */
  follow(after: number, listener: (event: ObjectEvent) => void): () => void {
    for (const event of this.#events.slice(after)) listener(event);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(type: ObjectEvent["type"], collection: string, object: KubernetesObject): void {
    const event = { type, version: this.version + 1, collection, object };
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function keyOf(collection: string, namespace: string, name: string): string {
  return `${collection}|${namespace}|${name}`;
}
