import type { Settings } from "../core/settings.ts";
import { healthSection } from "../health/inputs.ts";
import { hasChecks } from "../health/plan.ts";
import type { Environment } from "./environment.ts";
import type { HealthSettings } from "./sections.ts";

/** The health settings, where they name anything to check. Refuses what cannot be read. */
export function readHealthSettings(settings: Settings): HealthSettings | undefined {
  const { health } = settings.read({ health: healthSection });
  return hasChecks(health) ? health : undefined;
}

/**
 * The same without a `command` that would run here and that only the journal says: whoever can write on the host could else
 * have anything run on the runner, or at the desk, of whoever takes it back.
 */
export function withoutForeignCommand(
  { machine, settings, ports }: Pick<Environment, "machine" | "settings" | "ports">,
  health: HealthSettings | undefined,
): HealthSettings | undefined {
  if (health?.command === undefined || health.from !== "runner" || machine.local) return health;
  if (settings.saidHere().text("health", "command") === health.command) return health;
  ports.report.warning(
    `The health command of this version runs here (\`from: runner\`), and only the journal on ${machine.name} says what it is: it is left out. To have it run, say it in savepoint.yml or SAVEPOINT_HEALTH_COMMAND.`,
  );
  const rest = { ...health, command: undefined };
  return hasChecks(rest) ? rest : undefined;
}
