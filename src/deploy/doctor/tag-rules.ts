import { tokenOf } from "../../config/shared.ts";
import { Secret } from "../../core/secret.ts";
import { quote } from "../../machine/quote.ts";
import { githubAddresses, openGithubApi } from "../../github/api.ts";
import { githubTrouble } from "../../release/github-trouble.ts";
import { type Examination, fails, passes, type Sighting } from "./examination.ts";

/** As much of a ruleset as matters: https://docs.github.com/rest/repos/rules#get-a-repository-ruleset */
export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly enforcement: string;
  readonly target?: string;
  readonly current_user_can_bypass?: string;
  readonly conditions?: { readonly ref_name?: { readonly include?: readonly string[]; readonly exclude?: readonly string[] } };
  readonly rules?: readonly { readonly type: string }[];
}

/** What moving and making the stable tags is, as rules call it. */
const STANDS_IN_THE_WAY: Readonly<Record<string, string>> = {
  creation: "made",
  update: "moved",
  non_fast_forward: "moved back",
  required_signatures: "made unsigned",
};

export const tagRulesExamination: Examination = {
  about: "token and tag rules",
  of: "environment",
  needs: ["host", "environment"],
  why: "A deploy is marked stable by tags; where a rule keeps them, it is confirmed all the same, and its tags wait.",
  async look(world) {
    const { env, signal } = world.ports;
    const token = tokenOf(world.shared, env);
    const repository = env["GITHUB_REPOSITORY"];
    if (token === undefined || token === "" || repository === undefined)
      throw new Error("GitHub is asked in a workflow, or with GITHUB_REPOSITORY and a `token`.");
    const { tagPrefix } = await world.environment();
    const [owner = "", repo = ""] = repository.split("/");
    const api = await openGithubApi({ token: new Secret(token), ...githubAddresses(env), signal, trouble: githubTrouble });
    const { data: listed } = await api.request<readonly Ruleset[]>("GET /repos/{owner}/{repo}/rulesets", {
      owner,
      repo,
      includes_parents: true,
      targets: "tag",
      per_page: 100,
    });
    const active = listed.filter(({ enforcement }) => enforcement === "active");
    const whole = await Promise.all(
      active.map(
        async ({ id }) =>
          (await api.request<Ruleset>("GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", { owner, repo, ruleset_id: id })).data,
      ),
    );
    const found = whole.flatMap((ruleset) => judgeRuleset(ruleset, tagPrefix, repository) ?? []);
    return found.length > 0 ? found : [passes(`The token reads ${repository}, and no tag rule is in the way.`)];
  },
};

/** Pure; undefined where it leaves our tags alone, or the token may pass it by. */
export function judgeRuleset(ruleset: Ruleset, prefix: string, repository: string): Sighting | undefined {
  const { include = [], exclude = [] } = ruleset.conditions?.ref_name ?? {};
  const covers = [`refs/tags/${prefix}latest-stable`, `refs/tags/${prefix}stable-20260101-000000`].some(
    (ref) => include.some((pattern) => matches(pattern, ref)) && !exclude.some((pattern) => matches(pattern, ref)),
  );
  const kept = (ruleset.rules ?? []).flatMap(({ type }) => STANDS_IN_THE_WAY[type] ?? []);
  if (!covers || kept.length === 0 || ruleset.current_user_can_bypass === "always") return undefined;
  return fails(`The ruleset ${JSON.stringify(ruleset.name)} keeps the stable tags from being ${kept.join(" or ")}.`, {
    advice: `Leave \`${prefix}latest-stable\` and \`${prefix}stable-*\` out of it (its exclusions), or give \`token\` of an app that may pass it by.`,
    mends: [{ command: quote(["gh", "api", `repos/${repository}/rulesets/${ruleset.id}`]), means: "Shows it:" }],
  });
}

/** As GitHub's rulesets match names: `~ALL`, and fnmatch with `**` for any depth. */
function matches(pattern: string, ref: string): boolean {
  if (pattern === "~ALL") return true;
  const body = pattern
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) =>
      part.startsWith("**") ? ".*" : part === "*" ? "[^/]*" : part === "?" ? "[^/]" : part.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`),
    )
    .join("");
  return new RegExp(`^${body}$`).test(ref);
}
