import { Failure } from "../../core/failure.ts";
import { extensionVersions } from "../../postgres/database-settings.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";

/** A line for each extension whose version is not the savepoint's. One that is there in one of them only is the schema's matter. */
export function versionLines(present: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(wanted).flatMap(([name, version]) => {
    const now = present[name];
    return now === undefined || now === version
      ? []
      : [`version of the extension ${name}: ${now} now; in the savepoint it was ${version}.`];
  });
}

/**
 * Names the versions that differ from the savepoint's in what is the live database now: a restore installs what the server
 * has, and no dump says what there was. They are no reason for anything, and nothing fails over them. Returns the lines.
 */
export async function tellVersions(
  environment: Environment,
  wanted: Readonly<Record<string, string>> | undefined,
): Promise<readonly string[]> {
  if (wanted === undefined || Object.keys(wanted).length === 0) return [];
  const { report, signal } = environment.ports;
  try {
    await using connection = await (await databaseOf(environment)).connect("look", { admin: true, signal });
    const lines = versionLines(await extensionVersions(connection), wanted);
    if (lines.length > 0)
      report.say(["Versions of extensions differ from the savepoint's:", ...lines.map((line) => `  ${line}`)].join("\n"));
    return lines;
  } catch (error) {
    if (!(error instanceof Failure) || error.code === "lock-lost") throw error;
    report.warning(`The versions of extensions could not be compared with the savepoint's: ${error.message}`);
    return [];
  }
}
