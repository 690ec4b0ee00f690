import type { Settings } from "../core/settings.ts";
import { refusal } from "../core/failure.ts";
import { healthSection } from "../health/inputs.ts";
import { hasChecks } from "../health/plan.ts";
import type { HealthSettings } from "./sections.ts";

/** The health settings, where they name anything to check. Refuses what cannot be read. */
export function readHealthSettings(settings: Settings): HealthSettings | undefined {
  const { values, problems } = settings.read({ health: healthSection });
  const [problem] = problems;
  if (problem !== undefined) throw refusal(`The health setting \`${problem.input}\` ${problem.message}.`, { hint: problem.form });
  return hasChecks(values.health) ? values.health : undefined;
}
