import { type Failure, refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Way } from "../../core/way.ts";
import { compareRowsIfReadable, describeRows } from "./rows.ts";
import type { RestoreSource } from "./request.ts";
import { missingIn } from "../call/confirmation.ts";
import { databaseOf, type Environment, stateOf } from "../environment/environment.ts";
import { nextCommand } from "../call/next-command.ts";
import { compareRestored } from "../environment/versions.ts";

interface RestoreTold {
  readonly confirm: string | undefined;
  readonly foreign: boolean;
}

export function sourceName(source: RestoreSource): string {
  return source.kind === "backup" ? source.manifest.id : source.database;
}

/** The whole command. */
export function restoring(environment: Environment, { foreign }: Pick<RestoreTold, "foreign">, source: RestoreSource): Way {
  const words = ["--backup", sourceName(source), ...(foreign ? ["--foreign", "true"] : []), "--confirm", environment.name];
  return {
    command: nextCommand(environment, "restore", words),
    means: `Restores ${sourceName(source)}; the live database is kept under another name.`,
  };
}

/** What a restore would leave behind, and whether code and schema would be apart after it. Reads only. */
export async function whatItWouldDo(environment: Environment, source: RestoreSource): Promise<readonly string[]> {
  if (source.kind === "replaced")
    return [
      "What is in it is not compared here. Its schema may be another version's than the one that runs; then this ends red, with the commands that bring them together.",
    ];
  const { manifest } = source;
  const { signal } = environment.ports;
  const rows = describeRows(await compareRowsIfReadable(environment, await databaseOf(environment), { savepoint: manifest, signal }));
  const running = await (await environment.clone())?.current();
  const expected = running === undefined ? undefined : (await stateOf(environment).journal.read()).schemas.get(running);
  const apart = running !== undefined && expected !== undefined && compareRestored(manifest.schema, expected) === "different";
  return apart ? [rows, `Code and schema would be apart: ${shortCommit(running)} runs, and the backup's schema is not its own.`] : [rows];
}

/** Not confirmed: what it would do, and the whole command; not for whoever typed another environment's name, and may mean that one. */
export async function restoreUnconfirmed(environment: Environment, told: RestoreTold, source: RestoreSource): Promise<Failure> {
  const { name } = environment;
  const what = `Restoring ${sourceName(source)} over the live database`;
  const { sentences, hints } = missingIn({ confirm: told.confirm, reason: "" }, { name, what });
  return refusal([...sentences, "Nothing was touched."].join(" "), {
    code: "not-confirmed",
    evidence: (await whatItWouldDo(environment, source)).flatMap((text) => text.split("\n")),
    hint: hints.join("\n"),
    ways: told.confirm === undefined ? [restoring(environment, told, source)] : [],
  });
}
