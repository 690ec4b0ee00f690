import { Failure } from "../../core/failure.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { replacedDatabases } from "../../postgres/replaced-databases.ts";
import type { Environment } from "../environment/environment.ts";
import { begunOf, type Told } from "./tried.ts";

/** What a way back that did not end was told. What was restored and swapped already is not restored again. */
export async function begunNow(environment: Environment, { entries }: Ledger, open: DeployRecord): Promise<Told> {
  const begun = begunOf(open) ?? { to: undefined, database: "auto" };
  if (begun.database !== "restore") return begun;
  const since = entries.findLastIndex(({ kind, deploy }) => kind === "step.started" && deploy === open.id);
  // Its name is journaled before it is there.
  const name = entries
    .slice(since)
    .flatMap((entry) => (entry.kind === "database.replaced" ? [entry.replaced] : []))
    .at(-1);
  try {
    const database = name === undefined ? undefined : await environment.database();
    const there = database === undefined ? [] : await replacedDatabases(database);
    return there.some((one) => one.name === name) ? { ...begun, database: "auto" } : begun;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return begun;
  }
}
