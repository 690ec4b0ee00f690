import type { Machine } from "../../core/machine.ts";
import { formatTarget, type HostAddress } from "../../machine/ssh/address.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { done, open, type Todo, type TodoWay } from "./todo.ts";

export interface GithubAsked {
  readonly here: Machine;
  /** `acme/shop`; undefined where origin is elsewhere. */
  readonly repository: string | undefined;
  readonly environment: string;
  readonly branch: string;
  readonly host: HostAddress;
  /** known_hosts lines. */
  readonly knownHosts: string;
  readonly keyFile: string;
  readonly backup: boolean;
}

/** What GitHub must hold for the workflows, as its own program sees it. */
export async function githubTodos(asked: GithubAsked): Promise<readonly Todo[]> {
  const { repository, environment, backup } = asked;
  if (repository === undefined) {
    return [
      done(
        "GitHub",
        `origin is not on github.com. Where the workflows run, they want: the secret SSH_KEY (the text of ${asked.keyFile}), the variables SSH_KNOWN_HOSTS and SSH_HOST.`,
      ),
    ];
  }
  const all = [environment, ...(backup ? [`${environment}-backup`] : [])];
  return await Promise.all(all.map(async (name) => await environmentTodo(asked, repository, name, name === environment)));
}

async function environmentTodo(asked: GithubAsked, repository: string, name: string, deploys: boolean): Promise<Todo> {
  const { here, host, knownHosts, keyFile, branch } = asked;
  const about = `GitHub, ${name}`;
  const place = `repos/${repository}/environments/${encodeURIComponent(name)}`;
  const there = await gh(here, ["api", place]);
  const policies =
    there === undefined
      ? undefined
      : await gh(here, ["api", `${place}/deployment-branch-policies?per_page=100`, "--jq", ".branch_policies[].name"]);
  const secrets =
    there === undefined ? [] : names(await gh(here, ["secret", "list", "--env", name, "--repo", repository, "--json", "name"]));
  const variables =
    there === undefined ? [] : names(await gh(here, ["variable", "list", "--env", name, "--repo", repository, "--json", "name"]));
  const at = ["--env", name, "--repo", repository];
  const ways: TodoWay[] = [];
  if (there === undefined) {
    const policy = [
      "-F",
      "deployment_branch_policy[protected_branches]=false",
      "-F",
      "deployment_branch_policy[custom_branch_policies]=true",
    ];
    ways.push({
      command: quote(["gh", "api", "--method", "PUT", place, ...policy]),
      means: `Makes the environment ${name}, for named branches alone.`,
    });
  }
  if (deploysFromNamed(there) && !(policies ?? "").split("\n").includes(branch))
    ways.push({
      command: quote(["gh", "api", "--method", "POST", `${place}/deployment-branch-policies`, "-f", `name=${branch}`]),
      means: `Lets ${branch} deploy to it.`,
    });
  if (!secrets.includes("SSH_KEY"))
    ways.push({
      command: `${quote(["gh", "secret", "set", "SSH_KEY", ...at])} < ${inQuotes(keyFile)}`,
      means: "Gives it the deploy's key, from the file.",
    });
  if (!variables.includes("SSH_KNOWN_HOSTS"))
    ways.push({
      command: quote(["gh", "variable", "set", "SSH_KNOWN_HOSTS", ...at, "--body", knownHosts]),
      means: "Gives it the host's own key, as it was compared.",
    });
  if (deploys && !variables.includes("SSH_HOST"))
    ways.push({
      command: quote(["gh", "variable", "set", "SSH_HOST", ...at, "--body", formatTarget(host)]),
      means: "Says where the rollback button logs in.",
    });
  if (ways.length === 0) return done(about, `${repository} has the environment, its secret and its variables.`);
  return open(
    about,
    there === undefined ? `${repository} has no such environment, or \`gh\` may not see it (gh auth login).` : "It lacks something.",
    ways,
  );
}

/** A new environment is made for named branches; one that is there says so itself. */
function deploysFromNamed(there: string | undefined): boolean {
  return there === undefined || /"custom_branch_policies"\s*:\s*true/.test(there);
}

/** What `gh` printed; undefined where it failed, or is not installed. */
async function gh(here: Machine, words: readonly string[]): Promise<string | undefined> {
  const { code, stdout } = await here.run({
    words: ["sh", "-c", 'command -v gh >/dev/null 2>&1 || exit 127; exec gh "$@"', "sh", ...words],
    repeatable: true,
    timeout: 30_000,
  });
  return code === 0 ? stdout.trim() : undefined;
}

function names(json: string | undefined): readonly string[] {
  const listed: unknown = json === undefined || json === "" ? [] : JSON.parse(json);
  return Array.isArray(listed) ? listed.map((one: { readonly name?: unknown }) => String(one.name)) : [];
}
