import { Failure } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import type { Way } from "../../core/way.ts";
import { inQuotes, quote } from "../../machine/quote.ts";
import { askGithub } from "./ask-github.ts";

/** Tags of releases stay where they are; the stable tags, which move, are not among them. */
const TAG_RULES = {
  name: "Release tags stay",
  target: "tag",
  enforcement: "active",
  conditions: { ref_name: { include: ["refs/tags/v*"], exclude: [] } },
  rules: [{ type: "update" }, { type: "deletion" }],
};

/** Rules that a team may want, and that nobody else sets for it: who approves, and tags that never move. None where there are some. */
export async function ruleWays(here: Machine, repository: string | undefined, environment: string): Promise<readonly Way[]> {
  if (repository === undefined) return [];
  const place = `repos/${repository}/environments/${encodeURIComponent(environment)}`;
  const [there, targets] = await Promise.all([
    ifAnswered(askGithub(here, ["api", place])),
    ifAnswered(askGithub(here, ["api", `repos/${repository}/rulesets`, "--jq", ".[].target"])),
  ]);
  return [...approval(there, place, environment), ...tagRules(targets, repository)];
}

/** They are only offers: without an answer there are none. */
async function ifAnswered(asked: Promise<string | undefined>): Promise<string | undefined> {
  return await asked.catch((error: unknown) => {
    if (error instanceof Failure) return undefined;
    throw error;
  });
}

/** It is put whole: what it says of branches is said again. */
function approval(there: string | undefined, place: string, environment: string): readonly Way[] {
  if (there === undefined || there.includes('"required_reviewers"')) return [];
  const { deployment_branch_policy: branches } = JSON.parse(there) as {
    readonly deployment_branch_policy?: Readonly<Record<string, boolean>> | null;
  };
  const kept = Object.entries(branches ?? {}).flatMap(([name, value]) => ["-F", `deployment_branch_policy[${name}]=${value}`]);
  const words = quote(["gh", "api", "--method", "PUT", place, ...kept, "-F", "reviewers[][type]=User"]);
  return [
    {
      command: `${words} -F "reviewers[][id]=$(gh api user --jq .id)"`,
      means: `Only if wanted: you approve each deploy to ${environment}; others are added in its settings. Some plans have no such rule for private repositories.`,
    },
  ];
}

function tagRules(targets: string | undefined, repository: string): readonly Way[] {
  if (targets === undefined || targets.split("\n").includes("tag")) return [];
  return [
    {
      command: `printf %s ${inQuotes(JSON.stringify(TAG_RULES))} | ${quote(["gh", "api", "--method", "POST", `repos/${repository}/rulesets`, "--input", "-"])}`,
      means: "Only if wanted: tags such as v1.2 never move once they are made. The stable tags, which do, are called otherwise.",
    },
  ];
}
