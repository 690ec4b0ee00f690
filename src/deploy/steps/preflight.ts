import { refusal } from "../../core/failure.ts";
import { healthSection } from "../../health/inputs.ts";
import { hasChecks, healthProblems } from "../../health/plan.ts";
import { trustIn } from "../../health/trust.ts";
import { migrateSection } from "../../migration/inputs.ts";
import { refuseMisfits, rolloutSection } from "../../rollout/inputs.ts";
import type { Environment } from "../environment/environment.ts";
import { missingSettings, NO_HEALTH } from "../call/missing-settings.ts";
import { refuseUncommitted } from "../environment/migration-source.ts";

/** What could never end well is refused before a deploy is opened. */
export async function preflight(environment: Environment, commit: string): Promise<void> {
  const values = environment.settings.read({ rollout: rolloutSection, migrate: migrateSection });
  refuseMisfits(values.rollout);
  if (values.migrate.run === undefined && (await environment.database()) !== undefined)
    await refuseUncommitted(environment, commit, values.migrate.directory);
  await refuseUnaskable(environment, commit);
}

/** Refuses a health check that could not be asked as the settings say it. */
export async function refuseUnaskable(environment: Environment, commit: string): Promise<void> {
  const values = environment.settings.read({ health: healthSection });
  if (!hasChecks(values.health)) throw await missingSettings(environment.shared, environment.ports, [NO_HEALTH]);
  const problems = healthProblems(values.health, {
    database: await environment.database(),
    version: { commit, names: [] },
    // The project may come with this commit; what has no service of that name shows when it is asked.
    containers: await environment.clone(),
  });
  if (problems.length > 0) {
    throw refusal(`The health check cannot be done: ${problems.map((one) => `\`health-${one.input}\` ${one.message}`).join("; ")}.`, {
      code: "health-settings",
      evidence: problems.flatMap((one) => (one.form === undefined ? [] : [`health-${one.input}: ${one.form}`])),
    });
  }
  const authority = values.health["tls-ca"];
  if (authority !== undefined) await trustIn(authority, environment.ports.here);
}
