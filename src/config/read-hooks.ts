import { isMap, isScalar, isSeq, type Node } from "yaml";
import { nearest } from "../core/nearest.ts";
import type { HookPoint, Hooks } from "../core/operation.ts";
import type { FileProblem, SettingsDocument } from "./document.ts";
import { HOOK_POINTS } from "./hooks.ts";

/** Reads `hooks:`: at each point one command, or a list of them. */
export function readHooks(
  document: SettingsDocument,
  node: Node | null,
  at: string,
): { readonly hooks: Hooks; readonly problems: readonly FileProblem[] } {
  const problems: FileProblem[] = [];
  const hooks: Partial<Record<HookPoint, readonly string[]>> = {};
  if (node === null) return { hooks, problems };
  if (!isMap(node))
    return { hooks, problems: [{ at, message: "`hooks` is not a map: it maps points such as `after-rollout` to commands" }] };
  for (const entry of document.entries(node)) {
    const point = HOOK_POINTS.find((one) => one === entry.key);
    if (point === undefined) {
      const near = nearest(entry.key, HOOK_POINTS);
      problems.push({
        at: entry.at,
        message: `\`${entry.key}\` is no hook${near === undefined ? `: there are ${HOOK_POINTS.join(", ")}` : `; did you mean \`${near}\`?`}`,
      });
      continue;
    }
    const commands = readCommands(document, entry.value);
    if (commands === undefined) problems.push({ at: entry.at, message: `\`${point}\` must be a command, or a list of commands` });
    else hooks[point] = commands;
  }
  return { hooks, problems };
}

function readCommands(document: SettingsDocument, node: Node | null): readonly string[] | undefined {
  const items = isSeq(node) ? (node.items as (Node | null)[]).map((item) => document.resolve(item)) : [node];
  const commands: string[] = [];
  for (const item of items) {
    if (!isScalar(item) || typeof item.value !== "string" || item.value.trim() === "" || item.value.includes("\0")) return undefined;
    commands.push(item.value);
  }
  return commands;
}
