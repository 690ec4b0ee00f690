import { shortCommit } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { Quarantine } from "../../journal/quarantine.ts";

/** The versions that were taken back, newest first, and are not deployed again unless somebody says why. */
export function quarantineBlock(quarantined: readonly Quarantine[]): Block {
  return {
    kind: "table",
    title: "Quarantined: taken back, refused without `allow-quarantined`",
    head: ["commit", "since", "by", "why"],
    rows: quarantined.map(({ commit, at, by, why }) => [shortCommit(commit), at, by, why]),
  };
}
