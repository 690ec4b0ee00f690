import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parse } from "yaml";
import { discovery, GROUPS } from "./discovery.ts";
import { type KubernetesObject, type ObjectEvent, Objects } from "./objects.ts";
import { merged } from "./patch.ts";
import { fromProtobuf } from "./protobuf.ts";

/** An API server, as much of one as helm 4 and kubectl need for a release of Deployments: no admission, no schemas, no login. */
export interface KubernetesApi extends AsyncDisposable {
  readonly url: string;
  readonly objects: Objects;
}

/** Serves Kubernetes' API over HTTP on 127.0.0.1: https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export async function startKubernetesApi(): Promise<KubernetesApi> {
  const objects = new Objects();
  const server = createServer((request, response) => {
    answer(objects, request, response).catch((error: unknown) => failed(response, 500, String(error)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

interface Place {
  readonly collection: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly sub: string | undefined;
}

async function answer(objects: Objects, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const known = discovery(url.pathname);
  if (known !== undefined) return send(response, 200, known);
  const place = placeOf(url.pathname);
  if (place === undefined) return failed(response, 404, `the server could not find the requested resource ${url.pathname}`);
  const body = await bodyOf(request);
  if (request.method === "GET") return read(objects, place, url, response);
  const { collection, namespace = "", name } = place;
  if (request.method === "POST") {
    const given = body();
    if (objects.get(collection, namespace, given.metadata.name) !== undefined)
      return failed(response, 409, `${collection} "${given.metadata.name}" already exists`, "AlreadyExists");
    return send(response, 201, objects.put(collection, namespace, { ...given, apiVersion: place.apiVersion, kind: place.kind }));
  }
  if (request.method === "DELETE" && name === undefined) {
    for (const one of chosen(objects, place, url)) objects.delete(collection, namespace, one.metadata.name);
    return send(response, 200, { kind: "Status", apiVersion: "v1", status: "Success" });
  }
  const before = objects.get(collection, namespace, name ?? "");
  if (request.method === "DELETE") {
    if (before === undefined) return notFound(response, place);
    return send(response, 200, objects.delete(collection, namespace, name ?? ""));
  }
  const type = request.headers["content-type"] ?? "";
  if (before === undefined && !type.includes("apply-patch")) return notFound(response, place);
  const changed = request.method === "PUT" ? body() : patched(before, body(), type);
  // What is written to /status changes nothing else, and the other way round.
  const kept =
    place.sub === "status"
      ? { ...before, status: (changed as KubernetesObject).status }
      : { ...(changed as object), status: before?.status };
  return send(response, 200, objects.put(collection, namespace, kept as KubernetesObject));
}

/** A server-side apply of the one manager that there is: what it says counts, and what it does not say any more goes. */
function patched(before: KubernetesObject | undefined, patch: KubernetesObject, type: string): unknown {
  if (type.includes("apply-patch")) return { ...before, ...patch, metadata: merged(before?.metadata, patch.metadata) };
  return merged(before, patch);
}

function read(objects: Objects, place: Place, url: URL, response: ServerResponse): void {
  const { collection, namespace, name } = place;
  if (name !== undefined) {
    const object = objects.get(collection, namespace ?? "", name);
    if (object === undefined) return notFound(response, place);
    if (place.sub === "log") return void response.end(String(object.status?.log ?? ""));
    return send(response, 200, object);
  }
  if (url.searchParams.get("watch") !== null && url.searchParams.get("watch") !== "false") return watch(objects, place, url, response);
  const list = { kind: `${place.kind}List`, apiVersion: place.apiVersion, metadata: { resourceVersion: String(objects.version) } };
  return send(response, 200, { ...list, items: chosen(objects, place, url) });
}

function chosen(objects: Objects, place: Place, url: URL): readonly KubernetesObject[] {
  return objects.list(place.collection, place.namespace).filter((object) => matches(object, url));
}

function watch(objects: Objects, place: Place, url: URL, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const tell = (type: string, object: unknown): void => void response.write(`${JSON.stringify({ type, object })}\n`);
  const since = url.searchParams.get("resourceVersion") ?? "";
  const initial = url.searchParams.get("sendInitialEvents") === "true";
  if (initial || since === "" || since === "0") for (const object of chosen(objects, place, url)) tell("ADDED", object);
  if (initial) {
    const annotations = { "k8s.io/initial-events-end": "true" };
    const metadata = { resourceVersion: String(objects.version), annotations };
    tell("BOOKMARK", { kind: place.kind, apiVersion: place.apiVersion, metadata });
  }
  const told = (event: ObjectEvent): void => {
    const inside = place.namespace === undefined || event.object.metadata.namespace === place.namespace;
    if (event.collection === place.collection && inside && matches(event.object, url)) tell(event.type, event.object);
  };
  const stop = objects.follow(initial || since === "" || since === "0" ? objects.version : Number(since), told);
  response.on("close", stop);
}

/** `a=b,c!=d,e in (f,g)` of labels; of fields only the name. */
function matches(object: KubernetesObject, url: URL): boolean {
  const labels = object.metadata.labels ?? {};
  const wanted = (url.searchParams.get("labelSelector") ?? "").split(/,(?![^(]*\))/).filter(Boolean);
  const field = /metadata\.name=([^,]+)/.exec(url.searchParams.get("fieldSelector") ?? "")?.[1];
  return (field === undefined || field === object.metadata.name) && wanted.every((one) => meets(labels, one.trim()));
}

function meets(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [, key = "", operator = "", values = ""] = /^([^\s!=]+)\s*(!=|==?|in|notin)?\s*\(?([^)]*)\)?$/.exec(wanted) ?? [];
  if (operator === "") return key in labels;
  const listed = values.split(",").map((value) => value.trim());
  return listed.includes(labels[key] ?? "") === !["!=", "notin"].includes(operator);
}

function placeOf(path: string): Place | undefined {
  const found = /^\/apis?\/((?:[^/]+\/)?v1)\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path);
  const [, apiVersion = "", namespace, collection = "", name, sub] = found ?? [];
  const kind = GROUPS[apiVersion]?.[collection];
  if (kind === undefined) return undefined;
  return { collection: `${apiVersion}/${collection}`, apiVersion, kind, namespace: kind === "Namespace" ? "" : namespace, name, sub };
}

function notFound(response: ServerResponse, { collection, name = "" }: Place): void {
  failed(response, 404, `${collection.split("/").at(-1)} "${name}" not found`, "NotFound");
}

function failed(response: ServerResponse, code: number, message: string, reason = "NotFound"): void {
  send(response, code, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** Reads the body; what is returned makes an object of it, from JSON, YAML or protobuf. */
async function bodyOf(request: IncomingMessage): Promise<() => KubernetesObject> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const whole = Buffer.concat(parts);
  const form = request.headers["content-type"] ?? "";
  return () => (form.includes("protobuf") ? fromProtobuf(whole) : (parse(whole.toString("utf8")) as KubernetesObject));
}
