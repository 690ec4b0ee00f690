import type { Block } from "../../core/outcome.ts";
import { formatMoment, formatSize } from "../../core/format.ts";
import type { replacedDatabases } from "../../postgres/replaced-databases.ts";

type Replaced = Awaited<ReturnType<typeof replacedDatabases>>[number];

/** The databases that restores set aside. */
export function replacedBlock(replaced: readonly Replaced[]): Block {
  return {
    kind: "table",
    title: "Replaced databases",
    head: ["name", "replaced at", "size"],
    rows: replaced.map((one) => [one.name, formatMoment(one.replacedAt), formatSize(one.sizeBytes)]),
  };
}
