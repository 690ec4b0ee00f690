import { formatDuration, formatSize, plural } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import { plannedChecks } from "../../health/kinds.ts";
import { type ForwardStep, forwardSteps } from "../../journal/steps.ts";
import { latestTag } from "../../release/tags.ts";
import { strategyOf } from "../environment/app-strategy.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { allSections, type AllValues } from "../call/sections.ts";
import { stableName } from "./tags.ts";

/** What a deploy goes back to where nothing runs. The database is another matter: it is the backup's again, with all its rows. */
export const NOTHING = "nothing, as before";

/** What a deploy would do, part by part: what is told of it before it is confirmed. `code` and `migrations` are told by their own. */
export async function planParts(
  environment: Environment,
  about: {
    readonly commit: string;
    readonly code: string;
    readonly migrations: string | undefined;
    readonly ifItFails: string;
    /** Milliseconds. */ readonly watchdog: number | undefined;
  },
): Promise<Block> {
  const values = environment.settings.read(allSections);
  const backup = await backupPlan(environment, values.backup.verify);
  const parts: { readonly [Name in ForwardStep]: readonly [part: string, what: string] | undefined } = {
    prepare: ["code", about.code],
    backup: ["backup", backup ?? "no database is named: none is taken"],
    migrate: about.migrations === undefined ? undefined : ["migrations", about.migrations],
    switch: ["rollout", await rolloutPlan(environment, values, about.commit)],
    health: ["health", healthPlan(values.health)],
    "mark-stable": ["tags", tagsPlan(environment)],
  };
  return {
    kind: "table",
    title: "The plan, in this order",
    head: ["part", "what happens"],
    rows: [
      ...forwardSteps.map((name) => parts[name]).filter((part) => part !== undefined),
      ...(about.watchdog === undefined
        ? []
        : [
            [
              "watchdog",
              `armed before anything is changed: without a sign of life for ${formatDuration(about.watchdog)} the host goes back by itself`,
            ],
          ]),
      [
        "if it fails",
        !values.rollback.automatic
          ? "it stays as it stands and keeps the lock; the command that takes it back is printed (`rollback: { automatic: false }`)"
          : about.ifItFails === NOTHING
            ? `what it started is stopped${backup === undefined ? "" : ", and the database goes back to that backup"}: nothing runs, as before`
            : `${backup === undefined ? "the code goes" : "code and database go"} back to ${about.ifItFails}`,
      ],
    ],
  };
}

async function backupPlan(environment: Environment, verify: string): Promise<string | undefined> {
  const database = await environment.database();
  if (database === undefined) return undefined;
  await using connection = await database.connect("look", { signal: environment.ports.signal });
  const [row] = await connection.query<{ size: string }>("SELECT pg_database_size(current_database())::text AS size");
  const { paths } = stateOf(environment);
  return `${database.name} (${formatSize(Number(row?.size ?? 0))} on disk) is dumped to ${paths.backups} on ${environment.machine.name}, proven by \`verify: ${verify}\``;
}

async function rolloutPlan(environment: Environment, { rollout }: AllValues, commit: string): Promise<string> {
  const { summary } = await strategyOf(environment, { settings: rollout, commit });
  return `${summary}; the code is ${rollout.transport === "push" ? "pushed from the checkout" : "fetched by the host"}`;
}

function healthPlan(health: AllValues["health"]): string {
  return `${plannedChecks(health).join(", ")}: ${plural(health.successes, "pass", "passes")} in a row within ${formatDuration(health.timeout)}`;
}

function tagsPlan(environment: Environment): string {
  const name = stableName(environment);
  return `${latestTag(name)} and a dated ${name.prefix}stable-… move to it`;
}
