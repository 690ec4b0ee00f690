import { Failure } from "../../core/failure.ts";
import type { Block } from "../../core/outcome.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { replacedDatabases } from "../../postgres/replaced-databases.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import { bringBackAsked } from "./bring-back.ts";
import { lookInto } from "./rows.ts";

/** Where that is which a restore left behind, and how one looks into it: whoever reads this at night must not lose it. */
export async function writtenSince(environment: Environment, replaced: string): Promise<string> {
  return `Rows that were written after the backup are only in the replaced database ${replaced}, until retention drops it. ${await lookInto(environment, replaced)}`;
}

/** The same for as long as nothing was deployed since, and the database is there, as far as somebody tells. */
export async function stillWrittenSince(environment: Environment, { entries, deploys }: Ledger): Promise<readonly Block[]> {
  const last = deploys.at(-1);
  const aside = entries.findLast((entry) => entry.kind === "database.replaced" && entry.deploy === last?.id);
  if (last === undefined || aside?.kind !== "database.replaced") return [];
  const { replaced } = aside;
  if (!(await isThere(environment, replaced))) return [];
  const bringsBack = last.end === undefined || last.end.blocks ? "" : `\n${bringBackAsked(environment, replaced)}`;
  return [{ kind: "text", text: `${await writtenSince(environment, replaced)}${bringsBack}` }];
}

async function isThere(environment: Environment, replaced: string): Promise<boolean> {
  try {
    return (await replacedDatabases(await databaseOf(environment))).some(({ name }) => name === replaced);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    environment.ports.report.detail(`Whether ${replaced} is there still could not be looked at: ${error.message}`);
    return false;
  }
}
