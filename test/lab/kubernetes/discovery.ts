/** What it holds, by API group and version, with the kind of each collection. */
export const GROUPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  v1: { namespaces: "Namespace", secrets: "Secret", pods: "Pod", services: "Service", configmaps: "ConfigMap", events: "Event" },
  "apps/v1": { deployments: "Deployment", replicasets: "ReplicaSet" },
};

/** What a client asks to learn what there is. */
export function discovery(path: string): unknown {
  if (path === "/version") return { major: "1", minor: "35", gitVersion: "v1.35.0", platform: "linux/amd64" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis") {
    const groups = Object.keys(GROUPS)
      .filter((one) => one.includes("/"))
      .map((groupVersion) => ({ groupVersion, version: groupVersion.split("/")[1] }))
      .map((version) => ({ name: version.groupVersion.split("/")[0], versions: [version], preferredVersion: version }));
    return { kind: "APIGroupList", apiVersion: "v1", groups };
  }
  if (path === "/openapi/v3")
    return {
      paths: Object.fromEntries(Object.keys(GROUPS).map((one) => [prefixOf(one), { serverRelativeURL: `/openapi/v3/${prefixOf(one)}` }])),
    };
  if (path.startsWith("/openapi/v3/")) return description(path.replace(/^\/openapi\/v3\/apis?\//, ""));
  const group = GROUPS[path.replace(/^\/apis?\//, "")];
  if (group === undefined) return undefined;
  const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  const resources = Object.entries(group).map(([name, kind]) => ({
    name,
    kind,
    singularName: kind.toLowerCase(),
    namespaced: kind !== "Namespace",
    verbs,
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: path.replace(/^\/apis?\//, ""), resources };
}

/** All that clients look for in it: that the server checks fields itself, so that they need not. */
function description(groupVersion: string): unknown {
  const version = "v1";
  const [group = ""] = groupVersion.includes("/") ? groupVersion.split("/") : [];
  const paths = Object.entries(GROUPS[groupVersion] ?? {}).map(([name, kind]) => [
    `/${prefixOf(groupVersion)}/namespaces/{namespace}/${name}/{name}`,
    { patch: { parameters: [{ name: "fieldValidation", in: "query" }], "x-kubernetes-group-version-kind": { group, version, kind } } },
  ]);
  return { openapi: "3.0.0", info: { title: "lab", version }, paths: Object.fromEntries(paths) };
}

function prefixOf(groupVersion: string): string {
  return `${groupVersion.includes("/") ? "apis" : "api"}/${groupVersion}`;
}
