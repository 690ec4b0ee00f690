import { DEFAULT_FILE } from "../../config/profile.ts";
import type { Shared } from "../../config/shared.ts";
import { type Failure, refusal } from "../../core/failure.ts";
import type { Ports } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import { healthSection } from "../../health/inputs.ts";
import { hasChecks } from "../../health/plan.ts";
import { kindNames } from "../../health/kinds.ts";
import { exists } from "../../machine/files/files.ts";
import { cameEmpty } from "./came-empty.ts";

/** A setting without which an operation cannot begin: what is said of it, and how it is given. */
export interface MissingSetting {
  readonly message: string;
  readonly hint: string;
  /** Whether it may stand in the settings file. */
  readonly inFile?: true;
  /** How a workflow says it, mostly. */
  readonly line?: string;
}

type CalledFrom = Pick<Ports, "here" | "cwd" | "terminal" | "env">;

export const NO_LASTING_STATE: MissingSetting = {
  message: "State would be kept on this GitHub-hosted runner and die with it.",
  hint: "Give `host` (the state then lives there), or run this job on a machine of your own.",
  line: "host: ${{ vars.SSH_HOST }}",
};

/** Whether state would be kept where it is gone after the job. */
export function stateDies({ host, "state-dir": given }: Pick<Shared, "host" | "state-dir">, { env }: Pick<Ports, "env">): boolean {
  return host === undefined && given === undefined && env["RUNNER_ENVIRONMENT"] === "github-hosted";
}

export const NO_DATABASE: MissingSetting = {
  message: "No database is named.",
  hint: "Give `database-url` (postgres://user:password@server:5432/name, or env:NAME to read it from app-dir's .env on the host), or `database-service`.",
  inFile: true,
};

export const NO_APP_DIR: MissingSetting = {
  message: "No `app-dir` is given: the folder on the host that holds the app's git clone.",
  hint: "Give `app-dir`, e.g. /srv/shop.",
  inFile: true,
};

export const NO_HEALTH: MissingSetting = {
  message: "No health check is given, and a deploy that is never checked cannot become stable.",
  hint: `Give at least one of ${kindNames.map((name) => `\`health-${name}\``).join(", ")}.`,
  inFile: true,
};

/** For what works on the database and is named by this call alone. */
export function missingDatabase(given: Shared): readonly MissingSetting[] {
  return given["database-url"] === undefined && given["database-service"] === undefined ? [NO_DATABASE] : [];
}

/** For a whole deploy. */
export function missingForDeploy(given: Shared, settings: Settings): readonly MissingSetting[] {
  return [...(given["app-dir"] === undefined ? [NO_APP_DIR] : []), ...(hasChecks(settings.section(healthSection)) ? [] : [NO_HEALTH])];
}

/** What the way to the host lacks; at a terminal the agent and `~/.ssh` have both. */
function missingForHost({ host, ...given }: Shared, { terminal }: Pick<Ports, "terminal">): readonly MissingSetting[] {
  if (host === undefined || terminal) return [];
  const scan = `ssh-keyscan ${host.port === 22 ? "" : `-p ${host.port} `}${host.host}`;
  return [
    ...(given["ssh-known-hosts"] === undefined
      ? [
          {
            message: "`ssh-known-hosts` is required with `host`.",
            hint: `Run \`${scan}\`, compare the fingerprint with the server's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), and give the lines.`,
            line: "ssh-known-hosts: ${{ vars.SSH_KNOWN_HOSTS }}",
          },
        ]
      : []),
    ...(given["ssh-key"] === undefined
      ? [{ message: "`ssh-key` is required with `host`.", hint: "Give the private key.", line: "ssh-key: ${{ secrets.SSH_KEY }}" }]
      : []),
  ];
}

/** Refuses before any connection, with all that is missing at once: nobody runs it again only to learn the next one. */
export async function refuseMissing(
  shared: Shared,
  ports: CalledFrom,
  { state, missing = [] }: { readonly state: "required" | "existing" | "optional"; readonly missing?: readonly MissingSetting[] },
): Promise<void> {
  const homeless = state !== "optional" && stateDies(shared, ports);
  const all = [...(homeless ? [NO_LASTING_STATE] : []), ...missingForHost(shared, ports), ...missing];
  if (all.length > 0) throw await missingSettings(shared, ports, all);
}

/** The refusal for what is missing. */
export async function missingSettings(shared: Shared, ports: CalledFrom, all: readonly MissingSetting[]): Promise<Failure> {
  const [only] = all;
  const message =
    only !== undefined && all.length === 1
      ? only.message
      : `${all.length} settings are missing, and nothing was touched:\n${all.map((one) => `- ${one.message}`).join("\n")}`;
  const lines = all.flatMap(({ line }) => line ?? []);
  const empty = lines.length === 0 ? [] : [cameEmpty(...lines)];
  const noFile = all.some(({ inFile }) => inFile) ? await whereNoFile(shared, ports) : [];
  return refusal(message, { hint: [...all.map(({ hint }) => hint), ...empty, ...noFile].join("\n"), code: "inputs" });
}

/** Who relies on a settings file that was not committed, or not checked out, misses whatever stands in it. */
async function whereNoFile({ config }: Shared, { here, cwd }: CalledFrom): Promise<readonly string[]> {
  if (config !== undefined || (await exists(here, `${cwd}/${DEFAULT_FILE}`))) return [];
  return [`There is no ${DEFAULT_FILE} in ${cwd} from which it could come.`];
}
