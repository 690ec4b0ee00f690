import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { NODE } from "../program.ts";
import type { Shop } from "../shop.ts";
import { startKubernetesApi } from "./api.ts";
import { controlDeployments } from "./deployments.ts";
import { startNode } from "./node.ts";
import { helmPrograms } from "./programs.ts";

const execute = promisify(execFile);
const NAMESPACE = "shop";

/**
 * A cluster that runs the lab's shop. `helm` and `kubectl` are the real programs. Kubernetes is stood for by a small API
 * server, its controllers and one node, which runs pods as processes here; where SAVEPOINT_LAB_KUBERNETES names a real one
 * (`kubectl proxy`, with its own controllers), only the node is ours. The registry is a folder, and `docker`, for the job
 * that builds the image, a script that lays files there.
 */
export interface Cluster extends AsyncDisposable {
  /** For PATH: helm and kubectl. */
  readonly programs: string;
  /** For the runner's PATH: docker. */
  readonly docker: string;
  /** Where a host's user keeps the way to the cluster: the content of ~/.kube/config. */
  readonly config: string;
  /** `helm history shop`: what each revision was, by number. */
  history(): Promise<readonly Revision[]>;
  /** The images of the pods that are there. */
  images(): Promise<readonly string[]>;
  /** Makes one more namespace, with a node of its own: its pods use this database, and answer at this port. */
  addNamespace(name: string, databaseUrl: string, port: number): Promise<void>;
  /** A command against the cluster; what it said. */
  run(program: "helm" | "kubectl", ...words: readonly string[]): Promise<string>;
}

export interface Revision {
  readonly revision: number;
  readonly status: string;
  readonly description: string;
}

/** The app's chart: what `helm create` writes, without what the shop does not need. */
export const CHART: Readonly<Record<string, string>> = {
  "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
  "chart/values.yaml": "image: { repository: ghcr.io/acme/shop, tag: latest }\n",
  "chart/templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 1
  selector:
    matchLabels: { app.kubernetes.io/instance: "{{ .Release.Name }}" }
  template:
    metadata:
      labels: { app.kubernetes.io/instance: "{{ .Release.Name }}" }
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env:
            - { name: COMMIT, value: "{{ .Values.image.tag }}" }
            - name: DATABASE_URL
              valueFrom: { secretKeyRef: { name: database, key: url } }
          readinessProbe:
            httpGet: { path: /health, port: 3000 }
`,
};

/** docker login, docker build --tag NAME ., docker push NAME, and nothing else. */
const DOCKER = `#!/bin/sh
set -eu
case "$1 $2" in
"login ghcr.io") cat >/dev/null ;;
"build --tag") [ "$4" = . ] && mkdir -p "$IMAGES/built/$3" && git archive HEAD | tar -x -C "$IMAGES/built/$3" ;;
"push "*) mkdir -p "$(dirname "$IMAGES/pushed/$2")" && mv "$IMAGES/built/$2" "$IMAGES/pushed/$2" ;;
*) echo "docker: $*?" >&2; exit 1 ;;
esac
`;

export async function openCluster(shop: Shop): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const [programs, folder] = [await helmPrograms(), join(shop.folder, "cluster")];
  const [images, docker] = [join(folder, "images"), join(folder, "bin")];
  for (const one of [images, docker]) await mkdir(one, { recursive: true });
  await writeFile(join(docker, "docker"), DOCKER.replace("set -eu", `set -eu\nIMAGES='${images}'`), { mode: 0o755 });

  const real = process.env["SAVEPOINT_LAB_KUBERNETES"];
  const api = real ?? (await startControlled(stack));
  const config = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "lab", cluster: { server: api } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "" } }],
    "current-context": "lab",
  });
  await writeFile(join(folder, "config"), config, { mode: 0o600 });
  const run = async (program: "helm" | "kubectl", ...words: readonly string[]): Promise<string> => {
    const env = { PATH: [programs, process.env["PATH"]].join(delimiter), HOME: folder, KUBECONFIG: join(folder, "config") };
    return (await execute(join(programs, program), ["--namespace", NAMESPACE, ...words], { env })).stdout.trim();
  };
  const open = new AsyncDisposableStack();
  const addNamespace = async (namespace: string, databaseUrl: string, port: number): Promise<void> => {
    if (real !== undefined) await run("kubectl", "delete", "namespace", namespace, "--ignore-not-found");
    await run("kubectl", "create", "namespace", namespace);
    await run("kubectl", "--namespace", namespace, "create", "secret", "generic", "database", `--from-literal=url=${databaseUrl}`);
    const env = { PATH: process.env["PATH"], PG_MODULE: join(import.meta.dirname, "..", "..", "..", "node_modules", "pg") };
    open.use(await startNode({ api, namespace, images: join(images, "pushed"), program: NODE, env, port }));
  };
  stack.use(open);
  await addNamespace(NAMESPACE, shop.database.url, Number(new URL(shop.url).port));
  const all = stack.move();
  return {
    addNamespace,
    programs,
    docker,
    config,
    run,
    history: async () => JSON.parse(await run("helm", "history", "shop", "--output", "json")) as readonly Revision[],
    images: async () => {
      const said = await run("kubectl", "get", "pods", "--output", "jsonpath={range .items[*]}{.spec.containers[0].image}{'\\n'}{end}");
      return said.split("\n").filter(Boolean);
    },
    [Symbol.asyncDispose]: async () => await all.disposeAsync(),
  };
}

/** The API server of ours, with controllers that look again ten times a second. */
async function startControlled(stack: AsyncDisposableStack): Promise<string> {
  const api = stack.use(await startKubernetesApi());
  const timer = setInterval(() => controlDeployments(api.objects), 100);
  stack.defer(() => clearInterval(timer));
  return api.url;
}
