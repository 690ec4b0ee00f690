type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

/** How lists of one patch meet those that are there: taken whole, or (strategic) item by item, by name. */
export type Lists = "whole" | "by-name";

/** JSON merge patch; with `by-name` as much of a strategic merge patch as Deployments need. */
export function merged(before: Json, patch: Json, lists: Lists): Json {
  if (Array.isArray(patch)) return lists === "by-name" && Array.isArray(before) ? mergedItems(before, patch) : patch;
  if (!isFields(patch)) return patch;
  const result: Record<string, Json> = isFields(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(patch)) {
    // Instructions ($setElementOrder, $retainKeys) matter to order and to unions, which no test here has.
    if (name.startsWith("$")) continue;
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value, lists);
  }
  return result;
}

function mergedItems(before: readonly Json[], patch: readonly Json[]): readonly Json[] {
  const named = (item: Json): Json => (isFields(item) ? item["name"] : undefined);
  if (!patch.every((item) => named(item) !== undefined)) return patch;
  const gone = new Set(patch.filter((item) => isFields(item) && item["$patch"] === "delete").map(named));
  const kept = before.filter((item) => !gone.has(named(item)));
  const changed = kept.map((item) => patch.filter((one) => named(one) === named(item)).reduce((a, b) => merged(a, b, "by-name"), item));
  const added = patch.filter((item) => !gone.has(named(item)) && !before.some((one) => named(one) === named(item)));
  return [...changed, ...added];
}

function isFields(value: Json): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
