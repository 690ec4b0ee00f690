import { Failure, refusal } from "../../core/failure.ts";
import { quote } from "../quote.ts";
import type { Machine } from "../../core/machine.ts";
import { type Git, gitLines } from "./git.ts";

/** What is asked of a clone that could not fetch. */
interface Fetcher {
  readonly directory: string;
  readonly machine: Pick<Machine, "name" | "login">;
  readonly git: Git;
  readonly gitDirectory: string;
  origin(): Promise<string | undefined>;
}

/** Why a clone could not fetch, with what to try. */
export async function unreachableOrigin(clone: Fetcher, finished: Parameters<typeof gitLines>[0]): Promise<Failure> {
  const { directory, machine } = clone;
  const url = await clone.origin();
  if (url === undefined) {
    return refusal(`The clone ${directory} on ${machine.name} has no remote named origin.`, {
      code: "no-origin",
      hint: `Name it: git -C ${directory} remote add origin <url>`,
    });
  }
  const locks = await locksIn(clone, finished.stderr);
  if (locks.length > 0) {
    return new Failure(`Another git command works in ${directory} on ${machine.name}, or one that was killed left its lock there.`, {
      code: "git-lock",
      evidence: gitLines(finished),
      hint: `Where no git command runs there (\`ps\` shows it): ${quote(["rm", ...locks])}`,
    });
  }
  return new Failure(`${machine.name} cannot fetch from ${url}.`, {
    code: "origin-unreachable",
    evidence: gitLines(finished),
    hint: authHint(url, clone),
  });
}

/** A fetch that was ended because the server said nothing. */
export async function silentOrigin(clone: Fetcher, { message, evidence, cause }: Failure): Promise<Failure> {
  const { directory, machine } = clone;
  return new Failure(`${machine.name} cannot fetch from ${(await clone.origin()) ?? "origin"}: ${message}`, {
    code: "origin-unreachable",
    evidence,
    cause,
    hint: `Nothing was changed. Try it as ${machine.login}: git -C ${directory} ls-remote origin. Where only this host cannot reach the server, \`transport: push\` brings the code from the checkout.`,
  });
}

/** Lock files of the clone that git says it stumbled over. Found by name, because there may be others that are in use. */
async function locksIn({ git, gitDirectory }: Fetcher, said: string): Promise<readonly string[]> {
  if (!said.includes(".lock")) return [];
  const { stdout } = await git.run(["rev-parse", "--git-common-dir"]);
  const common = stdout.trim().startsWith("/") ? stdout.trim() : gitDirectory;
  const found = await git.script('find "$1" -name "*.lock" -print', [common]);
  return found.stdout.split("\n").filter((path) => path !== "" && said.includes(path.slice(common.length + 1)));
}

function authHint(url: string, { machine, directory }: Fetcher): string {
  const test = `Try it as ${machine.login}: git -C ${directory} fetch origin.`;
  if (/^https?:/.test(url)) return `${test} A private repository needs a credential helper there, or an SSH URL with a deploy key.`;
  if (/^(?:ssh:|[^/]+@[^/]+:)/.test(url)) {
    return `${test} It needs a key there that may read the repository (a deploy key), and the git server's host key in known_hosts.`;
  }
  return test;
}
