import { Settings } from "../../../src/core/settings.ts";
import { type HealthSettings, healthSection } from "../../../src/health/inputs.ts";

/** The health settings as they are read from `with:`; throws where one cannot be read. */
export function healthSettings(given: Readonly<Record<string, string>>): HealthSettings {
  const settings = new Settings([{ source: "with:", raw: { health: given } }], "health");
  return settings.section(healthSection);
}
