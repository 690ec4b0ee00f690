import { readdirSync, readFileSync } from "node:fs";

/** A process and all that it started, and that they started. */
export function treeOf(root: number): readonly number[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === root;
      } catch {
        // It ended while we looked.
        return false;
      }
    });
  return [root, ...children.flatMap((pid) => treeOf(Number(pid)))];
}
