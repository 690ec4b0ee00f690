import { createHash } from "node:crypto";
import type { KubernetesObject, Objects } from "./objects.ts";

const DEPLOYMENTS = "apps/v1/deployments";
const PODS = "v1/pods";

/** Stands for the controllers: a Deployment of one replica gets a pod of its template, and loses the older one once that is ready. */
export function controlDeployments(objects: Objects): void {
  for (const deployment of objects.list(DEPLOYMENTS)) control(objects, deployment);
  for (const pod of objects.list(PODS)) {
    const { namespace = "", labels = {}, name } = pod.metadata;
    if (objects.get(DEPLOYMENTS, namespace, labels["lab/deployment"] ?? "") === undefined) objects.delete(PODS, namespace, name);
  }
}

function control(objects: Objects, deployment: KubernetesObject): void {
  const { name, namespace = "", generation } = deployment.metadata;
  const { template } = deployment.spec as { template: KubernetesObject };
  const hash = createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 8);
  const labels = { ...template.metadata.labels, "lab/deployment": name, "pod-template-hash": hash };
  const ours = objects.list(PODS, namespace).filter((pod) => pod.metadata.labels?.["lab/deployment"] === name);
  const isNew = (pod: KubernetesObject): boolean => pod.metadata.labels?.["pod-template-hash"] === hash;
  const fresh = ours.find(isNew);
  if (fresh === undefined) {
    const metadata = { name: `${name}-${hash}-${objects.version}`, labels };
    objects.put(PODS, namespace, { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec });
  }
  const ready = fresh !== undefined && isReady(fresh);
  // As a rolling update: what is ready stays until something newer is; what never was does not.
  for (const pod of ours.filter((one) => !isNew(one) && (ready || !isReady(one)))) objects.delete(PODS, namespace, pod.metadata.name);
  const counted = objects.list(PODS, namespace).filter((pod) => pod.metadata.labels?.["lab/deployment"] === name);
  const readyCount = counted.filter(isReady).length;
  const status = {
    observedGeneration: generation,
    replicas: counted.length,
    updatedReplicas: counted.filter(isNew).length,
    readyReplicas: readyCount,
    availableReplicas: readyCount,
    ...(counted.length > readyCount && { unavailableReplicas: counted.length - readyCount }),
    conditions: [
      condition("Available", readyCount > 0, "MinimumReplicasAvailable"),
      { ...condition("Progressing", true, ready ? "NewReplicaSetAvailable" : "ReplicaSetUpdated") },
    ],
  };
  if (JSON.stringify(status) !== JSON.stringify(deployment.status)) objects.put(DEPLOYMENTS, namespace, { ...deployment, status });
}

function isReady(pod: KubernetesObject): boolean {
  const { conditions = [] } = (pod.status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

function condition(type: string, is: boolean, reason: string): Readonly<Record<string, string>> {
  return { type, status: is ? "True" : "False", reason, message: reason };
}
