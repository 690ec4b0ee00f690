import { formatMoment } from "../../core/format.ts";
import { Failure } from "../../core/failure.ts";
import { type ReplacedDatabase, replacedDatabases } from "../../postgres/replaced-databases.ts";
import type { Environment } from "../environment/environment.ts";
import { bringBack } from "./bring-back.ts";

/**
 * The databases that restores put aside and that are there still, a line each with the command that brings it back; empty where
 * there are none, or nobody tells.
 */
export async function replacedThere(environment: Environment): Promise<readonly string[]> {
  const replaced = await replacedHere(environment);
  if (replaced.length === 0) return [];
  return [
    "Replaced databases, with what was live until then; each is brought back by hand, once no deploy is open:",
    ...replaced.map(({ name, replacedAt }) => `${name}, live until ${formatMoment(replacedAt)}: ${bringBack(environment, name)}`),
  ];
}

/** The same databases; none where nobody tells. */
export async function replacedHere(environment: Environment): Promise<readonly ReplacedDatabase[]> {
  try {
    const database = await environment.database();
    return database === undefined ? [] : await replacedDatabases(database);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    environment.ports.report.detail(`The replaced databases could not be listed: ${error.message}`);
    return [];
  }
}
