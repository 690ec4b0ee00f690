import { Failure, refusal } from "../core/failure.ts";
import type { Clone } from "./clone.ts";
import { gitLines } from "./git.ts";

/** Why a clone could not fetch, with what to try. */
export async function unreachableOrigin(clone: Clone, finished: Parameters<typeof gitLines>[0]): Promise<Failure> {
  const { directory, machine } = clone;
  const url = await clone.origin();
  if (url === undefined) {
    return refusal(`The clone ${directory} on ${machine.name} has no remote named origin.`, {
      hint: `git -C ${directory} remote add origin <url>`,
    });
  }
  return new Failure(`${machine.name} cannot fetch from ${url}.`, {
    code: "origin-unreachable",
    evidence: gitLines(finished),
    hint: authHint(url, clone),
  });
}

function authHint(url: string, { machine, directory }: Clone): string {
  const test = `Try it as ${machine.login}: git -C ${directory} fetch origin.`;
  if (/^https?:/.test(url)) return `${test} A private repository needs a credential helper there, or an SSH URL with a deploy key.`;
  if (/^(?:ssh:|[^/]+@[^/]+:)/.test(url)) {
    return `${test} It needs a key there that may read the repository (a deploy key), and the git server's host key in known_hosts.`;
  }
  return test;
}
