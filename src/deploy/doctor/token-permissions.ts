import { tokenOf } from "../../config/shared.ts";
import { clauseOf } from "../../core/failure.ts";
import { Secret } from "../../core/secret.ts";
import { type GithubApi, githubAddresses, openGithubApi, type RequestError } from "../../github/api.ts";
import { githubSection } from "../../github/inputs.ts";
import { type RepositoryName, repositoryOf } from "../../github/repository.ts";
import { type Permission, statusOf, tellingTrouble } from "../../github/trouble.ts";
import { type Examination, passes, type Sighting, warns } from "./examination.ts";

const REPOSITORY = "/repos/{owner}/{repo}";

/** What the settings can ask GitHub to show, what that needs, and a list that a token without it may not read in a private repository. */
const SHOWN = {
  deployments: { permission: "deployments: write", list: `GET ${REPOSITORY}/deployments` },
  status: { permission: "statuses: write", list: `GET ${REPOSITORY}/commits/{ref}/statuses` },
  issue: { permission: "issues: write", list: `GET ${REPOSITORY}/issues` },
  "pull-request": { permission: "pull-requests: write", list: `GET ${REPOSITORY}/pulls` },
} as const satisfies Readonly<Record<string, { readonly permission: Permission; readonly list: string }>>;

export const tokenPermissionsExamination: Examination = {
  about: "token's permissions",
  of: "environment",
  needs: [],
  why: "What GitHub is to show of a deploy it shows only to a token that may write it; the deploy itself does not depend on it.",
  async look({ ports, shared, asked }) {
    const settings = asked.settings.section(githubSection);
    const wanted = (Object.keys(SHOWN) as readonly (keyof typeof SHOWN)[]).filter((name) => settings[name]);
    if (wanted.length === 0) return [];
    const token = (tokenOf(shared, ports.env) ?? "").trim();
    const repository = repositoryOf(ports.env);
    if (token === "" || repository === undefined)
      throw new Error("GitHub is asked in a workflow, or with GITHUB_REPOSITORY and a `token`.");
    const access = { token: new Secret(token), ...githubAddresses(ports.env), signal: ports.signal };
    const ref = ports.env["GITHUB_SHA"] || "HEAD";
    return await Promise.all(
      wanted.map(async (name) => {
        const api = await openGithubApi({ ...access, trouble: tellingTrouble(SHOWN[name].permission) });
        return await lookedAt(api, { name, repository, ref });
      }),
    );
  },
};

async function lookedAt(
  api: GithubApi,
  { name, repository, ref }: { readonly name: keyof typeof SHOWN; readonly repository: RepositoryName; readonly ref: string },
): Promise<Sighting> {
  const { permission, list } = SHOWN[name];
  try {
    await api.request(list, { ...repository, ...(list.includes("{ref}") && { ref }), per_page: 1 });
    // That it may write can only be seen by writing.
    return passes(`\`github.${name}\`: the token reads what is there. Whether it may write shows when it does: \`${permission}\`.`);
  } catch (error) {
    const status = statusOf(error);
    if (status !== 401 && status !== 403 && status !== 404) throw error;
    const { response } = (error as { readonly cause: RequestError }).cause;
    const accepted = response?.headers?.["x-accepted-github-permissions"];
    const needs = accepted === undefined ? "" : ` GitHub wants ${String(accepted)} to read it.`;
    return warns(`\`github.${name}\`: ${clauseOf(error)}.${needs}`, {
      advice: `Give the job \`permissions: { ${permission} }\`, or switch \`github.${name}\` off. A called workflow has no more than its caller gives.`,
    });
  }
}
