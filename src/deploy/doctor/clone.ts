import type { Failure } from "../../core/failure.ts";
import type { Way } from "../../core/way.ts";
import { askOrigin } from "../../machine/git/ask-origin.ts";
import { openClone } from "../../machine/git/clone.ts";
import { resolvePath } from "../../machine/files/files.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { refuseLocalEdits } from "../../rollout/obstacles.ts";
import { rolloutSection } from "../../rollout/inputs.ts";
import { type Examination, fails, passes, unlessRefused } from "./examination.ts";
import { comesWithTheFirstDeploy } from "./settings.ts";
import type { DoctorWorld } from "./world.ts";

/** A server that is silent for longer is none for a deploy either. */
const ORIGIN_MS = 10_000;

export const cloneExamination: Examination = {
  about: "clone",
  of: "environment",
  needs: ["host"],
  why: "The app's files are a git clone in `app-dir`: a deploy checks a commit out there, a rollback the one before.",
  async look(world) {
    if (world.shared["app-dir"] === undefined) return [];
    const { git } = await world.hostLook();
    const host = await world.host();
    if (git === undefined) {
      return [
        fails(`git is not installed on ${host.name}.`, {
          mends: [{ command: commandOn(host, ["sudo", "apt-get", "install", "--yes", "git"]), means: "Installs it (Debian, Ubuntu):" }],
        }),
      ];
    }
    if (await comesWithTheFirstDeploy(world))
      return [passes(`Nothing is in ${world.shared["app-dir"]} yet: the first deploy makes the clone (\`transport: push\`).`)];
    return await unlessRefused(async () => await (await world.clone())?.head(), {
      pass: `${world.shared["app-dir"]} is a clone with a commit checked out (git ${git}).`,
      mends: async (failure) => await cloneMends(failure, world),
    });
  },
};

async function cloneMends({ code }: Failure, world: DoctorWorld): Promise<readonly Way[]> {
  const host = await world.host();
  const path = await resolvePath(host, world.shared["app-dir"] ?? "");
  if (code === "clone-foreign") {
    return [
      {
        command: commandOn(host, ["git", "config", "--global", "--add", "safe.directory", path]),
        means: "Tells git that another user's clone is meant; what it holds must then be writable for this user:",
      },
    ];
  }
  const url = await ownOrigin(world);
  if (url === undefined) return [];
  if (code === "clone-missing") {
    const { folders, user } = await world.hostLook();
    const may = folders.find((one) => one.path === path)?.writable === true;
    const make = may ? "" : `${quote(["sudo", "install", "-d", "-o", user, path])} && `;
    return [{ command: commandOn(host, ["sh", "-c", `${make}${quote(["git", "clone", url, path])}`]), means: "Makes the clone:" }];
  }
  if (code === "clone-plain") {
    const words = `cd ${quote([path])} && git init --quiet && git remote add origin ${inQuotes(url)} && git fetch --quiet origin && git checkout --detach FETCH_HEAD`;
    return [
      { command: commandOn(host, ["sh", "-c", words]), means: "Makes a clone of what is there; files in the way are named, and left:" },
    ];
  }
  return [];
}

/** Where the repository that this is called in comes from, without what is secret in it. */
async function ownOrigin({ ports: { here, cwd } }: DoctorWorld): Promise<string | undefined> {
  const checkout = await openClone(here, cwd).catch(() => undefined);
  return await checkout?.origin();
}

export const fetchExamination: Examination = {
  about: "fetch",
  of: "environment",
  needs: ["host", "clone"],
  why: "A deploy brings the commit to the host by the host's own `git fetch`.",
  async look(world) {
    const clone = await world.clone();
    if (clone === undefined) return [];
    if (world.asked.settings.section(rolloutSection).transport === "push")
      return [passes("The code is pushed from the checkout (`transport: push`); the host need not reach the repository.")];
    const url = await clone.origin();
    return await unlessRefused(async () => await askOrigin(clone, { timeout: ORIGIN_MS }), {
      pass: `The host reads ${url}.`,
      mends: async () => await fetchMends(world, url),
    });
  },
};

async function fetchMends(world: DoctorWorld, url: string | undefined): Promise<readonly Way[]> {
  const [host, clone, own] = [await world.host(), await world.clone(), await ownOrigin(world)];
  if (clone === undefined) return [];
  const git = (...words: readonly string[]): string => commandOn(host, ["git", "-C", clone.directory, ...words]);
  const ways: Way[] = [];
  if (url === undefined && own !== undefined)
    ways.push({ command: git("remote", "add", "origin", own), means: "Names the repository that this checkout comes from:" });
  if (url !== undefined && own !== undefined && own !== url)
    ways.push({ command: git("remote", "set-url", "origin", own), means: "Names the repository that this checkout comes from instead:" });
  if (url !== undefined && /^(?:ssh:|[^/]+@[^/]+:)/.test(url)) {
    const key = 'test -f ~/.ssh/id_ed25519 || ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id_ed25519; cat ~/.ssh/id_ed25519.pub';
    ways.push({
      command: `${commandOn(host, ["sh", "-c", key])} | gh repo deploy-key add - --title ${inQuotes(host.name)}`,
      means: "Makes the host a key, where it has none, that may read this repository and no more:",
    });
  }
  return ways;
}

export const workTreeExamination: Examination = {
  about: "work tree",
  of: "environment",
  needs: ["host", "clone"],
  why: "A deploy overwrites no edit that was made on the host by hand: it stops instead.",
  async look(world) {
    const [host, clone] = [await world.host(), await world.clone()];
    if (clone === undefined || (await clone.current()) === undefined) return [];
    const git = (...words: readonly string[]): string => commandOn(host, ["git", "-C", clone.directory, ...words]);
    return await unlessRefused(async () => await refuseLocalEdits(clone), {
      pass: "No tracked file was edited by hand.",
      mends: () => [
        { command: git("diff"), means: "Shows the edits:" },
        { command: git("stash"), means: "Puts them aside (`git stash list` there shows them):" },
      ],
    });
  },
};
