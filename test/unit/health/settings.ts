import { Settings } from "../../../src/core/settings.ts";
import { type HealthSettings, healthSection } from "../../../src/health/inputs.ts";

/** The health settings as they are read from `with:`; throws where one cannot be read. */
export function healthSettings(given: Readonly<Record<string, string>>): HealthSettings {
  const settings = new Settings([{ source: "with:", raw: { health: given } }], "health");
  const { values, problems } = settings.collect({ health: healthSection });
  if (problems.length > 0) throw new Error(problems.map(({ input, message }) => `${input} ${message}`).join("; "));
  return values.health;
}
