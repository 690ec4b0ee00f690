import { posix } from "node:path";
import { Failure, refusal } from "../../core/failure.ts";
import { formatDuration, plural } from "../../core/format.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Ports } from "../../core/ports.ts";
import { reveal } from "../../core/secret.ts";
import { ending, outputLines } from "../../machine/succeed.ts";
import { tellingLines } from "../../machine/telling.ts";
import { limitsOf } from "../../migration/limits.ts";
import { loadMigrations } from "../../migration/load.ts";
import { hidingSecrets } from "../../migration/run.ts";
import { type Validated, validateMigrations } from "../../migration/validate/validate.ts";
import { differing, validatedBlocks } from "../../migration/validate/validate-block.ts";
import { connectionUrl } from "../../postgres/connection-url.ts";
import type { Database } from "../../postgres/database.ts";
import { sweepSides } from "../../postgres/sweep-sides.ts";
import { outsideTarget } from "../database/database.ts";
import { databaseOf, type Environment } from "../environment/environment.ts";
import type { MigrateSettings } from "../call/sections.ts";

/** Of a test's own words. */
const EVIDENCE_LINES = 20;

/** The checkout's migrations up, down and up again on a database made for that; then the user's tests. Throws where anything differs. */
export async function validateCheckout(
  environment: Environment,
  settings: Pick<MigrateSettings, "directory" | "run" | "lock-timeout" | "statement-timeout" | "test" | "drift">,
): Promise<Outcome> {
  const { ports, owner } = environment;
  const { directory, test } = settings;
  if (settings.run !== undefined)
    throw refusal("`migrate validate` takes migration files up and down, and `run` leaves them to another tool.", {
      code: "inputs",
      hint: "Call it without `run`; what another tool's files do, that tool's own command tries.",
    });
  const shown = directory === "." ? "" : directory;
  const migrations = await loadMigrations({ machine: ports.here, directory: posix.join(ports.cwd, directory), shown });
  const database = await databaseOf(environment);
  for (const name of await sweepSides(database, ["validate"], ports.report))
    ports.report.detail(`dropped ${name}, which a killed run left`);
  const started = ports.clock.now().getTime();
  const validated = await validateMigrations({
    database,
    migrations,
    limits: limitsOf(settings),
    ports,
    appliedBy: owner.id,
    drift: settings.drift,
    test: test === undefined ? undefined : async (throwaway) => await runTest(test, throwaway, ports),
  });
  return conclude(validated, ports.clock.now().getTime() - started);
}

function conclude(validated: Validated, ms: number): Outcome {
  const { floor, afterDown, afterAgain, drift = [], tested } = validated;
  const blocks = validatedBlocks(validated);
  const set = plural(validated.migrations.length, "migration");
  const server = `PostgreSQL ${Math.floor(validated.serverVersion / 10_000)}`;
  if (afterDown.length > 0)
    throw new Failure(`Going down does not lead back: ${differing(afterDown)} ${afterDown.length === 1 ? "is" : "are"} not as before UP.`, {
      code: "validate",
      blocks,
      hint: "Write into the DOWN what takes that back; where there is no way down, mark it `-- irreversible`.",
    });
  if (afterAgain.length > 0)
    throw new Failure(`Up, down and up again is not the same: ${differing(afterAgain)} came out in another way.`, {
      code: "validate",
      blocks,
      hint: "Write UP so that it makes the same whatever was there before, and DOWN so that it leaves nothing.",
    });
  if (drift.length > 0)
    throw new Failure(`The database is not what its migrations make: ${differing(drift)} ${drift.length === 1 ? "differs" : "differ"}.`, {
      code: "drift",
      blocks,
      hint: "Bring what was changed by hand into a new migration, or take it back in the database.",
    });
  const down = floor === undefined ? "" : `; down to ${floor.version} only, which stays: ${floor.why}`;
  const also = [
    ...(tested ? ["the tests passed"] : []),
    ...(validated.drift === undefined ? [] : ["the database is what its history makes"]),
  ];
  return {
    outputs: {},
    headline: `${set} on ${server}: up, down and up again give the same schema${down}${also.map((text) => `; ${text}`).join("")} (${formatDuration(ms)})`,
    blocks,
    details: validated,
  };
}

/** In the checkout, with the URL of the database in which all is up. */
async function runTest(command: string, database: Database, ports: Ports): Promise<void> {
  const target = (database.dialFrom.holder?.machine ?? database.dialFrom) === ports.here ? await outsideTarget(database) : undefined;
  if (target === undefined)
    throw refusal("`test` runs here, and the database is not reached from here.", {
      code: "inputs",
      hint: "Name a server that this machine reaches, in `database-url`, with `database-from: runner`.",
    });
  const url = connectionUrl(target);
  ports.report.mask(url);
  const hidden = (line: string): string => hidingSecrets(line, [reveal(url)]);
  const finished = await ports.report.step(
    `Running the tests: ${command}`,
    async () =>
      await ports.here.run({
        words: ["sh", "-c", command],
        cwd: ports.cwd,
        env: { DATABASE_URL: url },
        signal: ports.signal,
        onLine: (line) => ports.report.detail(hidden(line)),
      }),
    ({ code }) => (code === 0 ? "passed" : "failed"),
  );
  if (finished.code === 0) return;
  throw new Failure(
    `The tests failed on the migrated database (${ending(finished)}, after ${formatDuration(finished.durationMs)}): ${command}`,
    {
      code: "validate-test",
      evidence: tellingLines(outputLines(finished), EVIDENCE_LINES).map(hidden),
      hint: "The lines above are the tests' own.",
    },
  );
}
