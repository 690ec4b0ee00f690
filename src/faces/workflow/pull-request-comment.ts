import { readFile } from "node:fs/promises";
import { sharedSection, tokenOf } from "../../config/shared.ts";
import { clauseOf } from "../../core/failure.ts";
import type { Block, OutputValue } from "../../core/outcome.ts";
import { Secret } from "../../core/secret.ts";
import { githubAddresses, openGithubApi } from "../../github/api.ts";
import { quietMarkdown } from "../../github/quiet-markdown.ts";
import { keepComment } from "../../github/comment.ts";
import { joinedWithin, markdownCode, markdownText } from "../../github/markdown.ts";
import { patient } from "../../github/patience.ts";
import { type PullRequest, pullRequestIn } from "../../github/pull-request.ts";
import { type RepositoryName, repositoryOf } from "../../github/repository.ts";
import { statusOf, tellingTrouble, Untold } from "../../github/trouble.ts";
import type { PreparedCall } from "../call.ts";
import type { Masker } from "../masker.ts";
import { systemClock } from "../ports.ts";
import type { Workflow } from "./commands.ts";
import { handsOf } from "./hands.ts";
import { linksTo } from "./links.ts";
import { endingParts, outcomeParts, type ToldEnding, type ToldOutcome } from "./summary.ts";
import { annotation } from "./voice.ts";

/** GitHub takes 65,536 characters; the rest is room for the line by which the comment is found again. */
const LARGEST = 65_000;
/** Of each table and list: a comment is read on the way, and the summary has all of it. */
const MOST_ROWS = 60;
/** All that may take. Milliseconds. */
const LIMIT_MS = 20_000;

/** How a dry run ended, its words masked. */
export type DryRun = { readonly outputs: Readonly<Record<string, OutputValue>> } & (
  | { readonly kind: "plan"; readonly told: ToldOutcome }
  | { readonly kind: "refused"; readonly name: string; readonly told: ToldEnding }
);

interface ShownPlan {
  readonly prepared: Pick<PreparedCall, "settings" | "profile">;
  readonly dryRun: DryRun;
  readonly workflow: Pick<Workflow, "warning" | "line" | "debug">;
  readonly masker: Masker;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Says at the pull request what a merge would do, in the one comment about this environment. What goes wrong is a warning. */
export async function commentOnPullRequest(asked: ShownPlan): Promise<void> {
  const { workflow, masker, env, prepared } = asked;
  let at: PullRequest | undefined;
  try {
    at = pullRequestIn(JSON.parse(await readFile(env["GITHUB_EVENT_PATH"] ?? "", "utf8")));
    const token = (tokenOf(prepared.settings.section(sharedSection), env) ?? "").trim();
    const repository = repositoryOf(env);
    if (at === undefined || repository === undefined) throw new Error("the workflow's event names no pull request");
    if (token === "") throw new Error("there is no `token`");
    const said = await keep(asked, { at, repository, token: new Secret(token) });
    workflow.line(
      `Pull request #${at.number}: ${said === "written" ? "the comment says what a merge would do" : `${said}, and it stays`}.`,
    );
  } catch (error) {
    const why = at?.fork === true && statusOf(error) === 403 ? "a run for a fork gets no token that may write" : clauseOf(error);
    const text = `The pull request was not told (\`github.pull-request\`): ${why}. The summary of this run says the same.`;
    workflow.warning(annotation(masker.mask(text)));
    if (error instanceof Untold) for (const line of error.evidence) workflow.debug(masker.mask(line));
  }
}

async function keep(
  { prepared, dryRun, env, masker }: ShownPlan,
  { at, repository, token }: { readonly at: PullRequest; readonly repository: RepositoryName; readonly token: Secret },
): Promise<Awaited<ReturnType<typeof keepComment>>> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const api = await openGithubApi({ token, ...githubAddresses(env), signal, trouble: tellingTrouble("pull-requests: write") });
  const { app = repository.repo, environment } = prepared.profile;
  const title = `${app}/${environment}`;
  const hands = await handsOf(env);
  const links = linksTo(env, dryRun.outputs);
  const parts =
    dryRun.kind === "plan"
      ? outcomeParts({ ...dryRun.told, blocks: dryRun.told.blocks.map(shortened) }, hands, links)
      : endingParts(dryRun.name, { ...dryRun.told, blocks: dryRun.told.blocks.map(shortened) }, hands, links);
  const head = at.head === undefined ? "" : `, as of ${markdownCode(at.head.slice(0, 7))}`;
  const text = [`**What a merge would do** on ${markdownText(title)}${head}`, ...parts].map((part) => quietMarkdown(part));
  try {
    return await keepComment(patient(api, systemClock, signal), repository, {
      at: at.number,
      about: `plan ${title}`,
      by: { run: Number(env["GITHUB_RUN_ID"] ?? 0), attempt: Number(env["GITHUB_RUN_ATTEMPT"] ?? 1) },
      text: masker.mask(joinedWithin(LARGEST, text, "… the rest is too long for a comment; the summary of the run has it.")),
    });
  } catch (error) {
    throw signal.aborted ? new Error("GitHub did not answer in time", { cause: error }) : error;
  }
}

/** What of a block a comment has room for. Pure. */
function shortened(block: Block): Block {
  if (block.kind === "table" && block.rows.length > MOST_ROWS)
    return { ...block, rows: [...block.rows.slice(0, MOST_ROWS), [`… and ${block.rows.length - MOST_ROWS} more`]] };
  if (block.kind === "code" && block.lines.length > MOST_ROWS)
    return { ...block, lines: [...block.lines.slice(0, MOST_ROWS), `… and ${block.lines.length - MOST_ROWS} more`] };
  return block;
}
