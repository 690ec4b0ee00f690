import type { Machine } from "../../core/machine.ts";
import { formatTarget, type HostAddress } from "../../machine/ssh/address.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { askGithub } from "./ask-github.ts";
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
  readonly doctor: boolean;
}

/** An environment of GitHub's that the workflows run in. */
interface Wanted {
  readonly name: string;
  /** Where the rollback button logs in is said there. */
  readonly deploys: boolean;
  /** Whether named branches alone may use it; a pull request's check is none of theirs. */
  readonly branches: boolean;
}

/** What GitHub must hold for the workflows, as its own program sees it. */
export async function githubTodos(asked: GithubAsked): Promise<readonly Todo[]> {
  const { repository, environment, backup, doctor } = asked;
  if (repository === undefined) {
    return [
      done(
        "GitHub",
        `origin is not on github.com. Where the workflows run, they want: the secret SSH_KEY (the text of ${asked.keyFile}), the variables SSH_KNOWN_HOSTS and SSH_HOST.`,
      ),
    ];
  }
  const all: readonly Wanted[] = [
    { name: environment, deploys: true, branches: true },
    ...(backup ? [{ name: `${environment}-backup`, deploys: false, branches: true }] : []),
    ...(doctor ? [{ name: `${environment}-doctor`, deploys: false, branches: false }] : []),
  ];
  return await Promise.all(all.map(async (one) => await environmentTodo(asked, repository, one)));
}

async function environmentTodo(asked: GithubAsked, repository: string, { name, deploys, branches }: Wanted): Promise<Todo> {
  const { here, host, knownHosts, keyFile, branch } = asked;
  const about = `GitHub, ${name}`;
  const place = `repos/${repository}/environments/${encodeURIComponent(name)}`;
  const there = await askGithub(here, ["api", place]);
  const policies =
    there === undefined
      ? undefined
      : await askGithub(here, ["api", `${place}/deployment-branch-policies?per_page=100`, "--jq", ".branch_policies[].name"]);
  const secrets =
    there === undefined ? [] : names(await askGithub(here, ["secret", "list", "--env", name, "--repo", repository, "--json", "name"]));
  const variables =
    there === undefined ? [] : names(await askGithub(here, ["variable", "list", "--env", name, "--repo", repository, "--json", "name"]));
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
      command: quote(["gh", "api", "--method", "PUT", place, ...(branches ? policy : [])]),
      means: branches
        ? `Makes the environment ${name}, for named branches alone.`
        : `Makes the environment ${name}, for pull requests: whoever may push a branch can use its key.`,
    });
  }
  if (branches && deploysFromNamed(there) && !(policies ?? "").split("\n").includes(branch))
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

function names(json: string | undefined): readonly string[] {
  const listed: unknown = json === undefined || json === "" ? [] : JSON.parse(json);
  return Array.isArray(listed) ? listed.map((one: { readonly name?: unknown }) => String(one.name)) : [];
}
