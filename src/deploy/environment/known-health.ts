import type { HealthSettings } from "../../health/inputs.ts";
import type { Settings } from "../../core/settings.ts";
import { healthSection } from "../../health/inputs.ts";
import { isHarmless } from "../../health/masking.ts";
import { hasChecks } from "../../health/plan.ts";
import type { Environment } from "./environment.ts";

/** The health settings, where they name anything to check. Refuses what cannot be read. */
export function readHealthSettings(settings: Settings): HealthSettings | undefined {
  const health = settings.section(healthSection);
  return hasChecks(health) ? health : undefined;
}

/** The same without what a file on the host must not decide: where secrets go, and what runs here. */
export function withoutForeign(environment: HealthReach, health: HealthSettings | undefined): HealthSettings | undefined {
  return withoutForeignSecrets(environment, withoutForeignCommand(environment, health));
}

type HealthReach = Pick<Environment, "machine" | "settings" | "ports">;

/**
 * Headers that are secrets, without those: they go only to an origin that this call or the profile names too, with the
 * authority that it trusts. Where only the journal says where they go, whoever can write on the host would get them.
 */
function withoutForeignSecrets({ machine, settings, ports }: HealthReach, health: HealthSettings | undefined): HealthSettings | undefined {
  const secret = (health?.headers ?? []).filter(({ name }) => !isHarmless(name));
  if (health?.url === undefined || secret.length === 0 || machine.local) return health;
  const said = settings.saidHere();
  const url = said.text("health", "url");
  const sameOrigin = url !== undefined && URL.canParse(url) && new URL(url).origin === health.url.origin;
  if (sameOrigin && said.text("health", "tls-ca") === health["tls-ca"]) return health;
  const names = secret.map(({ name }) => name).join(", ");
  ports.report.warning(
    `Only the journal on ${machine.name} says ${sameOrigin ? "which authority is trusted for" : "that the health check asks"} ${health.url.origin}, so the secret headers (${names}) are not sent there. To have them sent, say it in savepoint.yml or ${sameOrigin ? "SAVEPOINT_HEALTH_TLS_CA" : "SAVEPOINT_HEALTH_URL"}.`,
  );
  return { ...health, headers: health.headers?.filter(({ name }) => isHarmless(name)) };
}

/**
 * The same without a `command` that would run here and that only the journal says: whoever can write on the host could else
 * have anything run on the runner, or at the desk, of whoever takes it back.
 */
function withoutForeignCommand({ machine, settings, ports }: HealthReach, health: HealthSettings | undefined): HealthSettings | undefined {
  if (health?.command === undefined || health.from !== "runner" || machine.local) return health;
  if (settings.saidHere().text("health", "command") === health.command) return health;
  ports.report.warning(
    `The health command of this version runs here (\`from: runner\`), and only the journal on ${machine.name} says what it is: it is left out. To have it run, say it in savepoint.yml or SAVEPOINT_HEALTH_COMMAND.`,
  );
  const rest = { ...health, command: undefined };
  return hasChecks(rest) ? rest : undefined;
}
