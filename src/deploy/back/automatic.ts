import { rollbackSection } from "../call/rollback-inputs.ts";
import type { Environment } from "../environment/environment.ts";

/** Why nothing was taken back. */
export const NOT_AUTOMATIC = "Nothing is taken back by itself here (`rollback: { automatic: false }`).";

/** Whether a failed deploy of this environment is taken back without a person who says so. */
export function isAutomatic({ settings }: Pick<Environment, "settings">): boolean {
  return settings.section(rollbackSection).automatic;
}
