import { inQuotes, quote } from "../../machine/quote.ts";
import { fails, type Sighting, warns } from "./examination.ts";

/** The parts of a job that matter here. */
interface JobText {
  readonly name: string;
  readonly job: Record<string, unknown>;
  readonly steps: readonly Record<string, unknown>[];
}

interface Place {
  readonly path: string;
  readonly text: string;
}

const OURS = /^[\w.-]+\/savepoint(?:\/actions\/([\w-]+))?@/;
/** Actions that open a deploy and change something by it; the whole chain, which has no name, among them. */
const CHANGING = new Set(["", "migrate", "rollout"]);
/** Those that move tags, by the job's token. */
const TAGGING = new Set(["", "mark-stable", "rollback"]);
const FULL_SHA = /@[0-9a-f]{40}$/;

/** What is wrong with a workflow file, for us; undefined where it does not use Savepoint. Pure but for loading the parser. */
export async function judgeWorkflow(path: string, text: string): Promise<readonly Sighting[] | undefined> {
  const { parse } = await import("yaml");
  const document = parsed(() => parse(text) as unknown);
  if (document === undefined) return text.includes("/savepoint") ? [fails(`${path} is no YAML that can be read.`)] : undefined;
  const jobs = Object.entries(mapIn(document["jobs"])).map(([name, job]): JobText => {
    const steps = mapIn(job)["steps"];
    return { name, job: mapIn(job), steps: Array.isArray(steps) ? steps.map((step) => mapIn(step)) : [] };
  });
  const ours = jobs.filter(({ steps }) => steps.some((step) => actionOf(step) !== undefined));
  if (ours.length === 0) return undefined;
  const place = { path, text };
  return [
    ...ours.map(withoutPlans).flatMap((job) => [...rights(place, document, job), ...turn(place, document, job), ...wayBack(place, job)]),
    ...pins(place, jobs),
  ];
}

/** A step that only shows what it would do needs no right, no turn and no way back. */
function withoutPlans(job: JobText): JobText {
  return { ...job, steps: job.steps.filter((step) => mapIn(step["with"])["dry-run"] !== true) };
}

function rights({ path, text }: Place, document: Record<string, unknown>, { name, job, steps }: JobText): readonly Sighting[] {
  if (!steps.some((step) => TAGGING.has(actionOf(step) ?? "-"))) return [];
  const said = job["permissions"] ?? document["permissions"];
  const write = said === "write-all" || (typeof said === "object" && mapIn(said)["contents"] === "write");
  if (write) return [];
  const what = said === undefined ? "says no `permissions`" : "may not write to the repository (`contents: write`)";
  const mend =
    job["permissions"] === undefined
      ? below(path, jobLine(text, name), "permissions: { contents: write }")
      : `sed -i ${quote([String.raw`/^ *${name}:/,$ s/contents: *read/contents: write/`])} ${quote([path])}`;
  return [
    fails(`${path}: job ${name} ${what}.`, {
      why: "The stable tags are moved by the job's token: without the right the deploy is confirmed, and its tags wait.",
      mends: [{ command: mend, means: "Gives it that one right:" }],
    }),
  ];
}

function turn({ path, text }: Place, document: Record<string, unknown>, { name, job, steps }: JobText): readonly Sighting[] {
  if (!steps.some((step) => CHANGING.has(actionOf(step) ?? "-"))) return [];
  const said = job["concurrency"] ?? document["concurrency"];
  if (said === undefined) {
    return [
      warns(`${path}: job ${name} has no \`concurrency\`.`, {
        why: "Two deploys at once are held apart by the lock, but the second one is refused where it could have waited for its turn.",
        mends: [
          {
            command: below(path, jobLine(text, name), `concurrency: { group: deploy-${name}, queue: max }`),
            means: "Lets deploys wait for each other:",
          },
        ],
      }),
    ];
  }
  if (mapIn(said)["cancel-in-progress"] !== true) return [];
  return [
    fails(`${path}: job ${name} is cancelled by the next one (\`cancel-in-progress: true\`).`, {
      why: "A deploy that is cut off in its middle is taken back: with every push in a row there would be none.",
      mends: [
        {
          command: `sed -i ${quote(["s/cancel-in-progress: *true/cancel-in-progress: false/"])} ${quote([path])}`,
          means: "Lets each one end:",
        },
      ],
    }),
  ];
}

function wayBack({ path, text }: Place, { name, steps }: JobText): readonly Sighting[] {
  const actions = steps.map((step) => actionOf(step));
  if (!actions.some((action) => action !== undefined && CHANGING.has(action))) return [];
  const at = actions.lastIndexOf("rollback");
  const step = steps[at];
  const uses = textIn(step?.["uses"]);
  if (step === undefined) {
    return [
      warns(`${path}: job ${name} has no rollback step.`, {
        why: "At its end a job takes back what it left open, where all of the chain is its own. Over several jobs nobody does, and no step hears of it by outputs.",
        advice: "Let its last step be `actions/rollback` with `if: failure() || cancelled()`, and with what the others are given.",
      }),
    ];
  }
  const condition = textIn(step["if"]).replaceAll(/^\$\{\{|\}\}$|\s/g, "");
  if (condition === "always()" || (condition.includes("failure()") && condition.includes("cancelled()"))) return [];
  const line = lineOf(text, (one) => one.includes(uses) && /^\s*(?:- )?uses:/.test(one));
  const why = "Without a condition it is skipped as soon as a step before it fails; with `failure()` alone, where the run is cancelled.";
  if (step["if"] === undefined) {
    return [
      fails(`${path}: the rollback step of job ${name} has no \`if:\`.`, {
        why,
        mends: [{ command: below(path, line, "if: failure() || cancelled()"), means: "Lets it run where it is needed:" }],
      }),
    ];
  }
  return [
    fails(`${path}: the rollback step of job ${name} runs \`if: ${textIn(step["if"])}\`.`, {
      why,
      advice: "`if: failure() || cancelled()` is always safe: where there is nothing to take back, it does nothing.",
    }),
  ];
}

/** Other people's actions by a name that can be moved to other code. */
function pins({ path }: Place, jobs: readonly JobText[]): readonly Sighting[] {
  const all = jobs.flatMap(({ job, steps }) => [job["uses"], ...steps.map((step) => step["uses"])]);
  const loose = all.filter((uses): uses is string => typeof uses === "string" && /^[\w.-]+\/[^@\s]+@/.test(uses) && !OURS.test(uses));
  return [...new Set(loose)]
    .filter((uses) => !FULL_SHA.test(uses) && !/^[\w.-]+\/savepoint\//.test(uses))
    .map((uses) => {
      const [action = "", ref = ""] = uses.split("@");
      const repository = action.split("/").slice(0, 2).join("/");
      const names = quote([`refs/tags/${ref}`, `refs/tags/${ref}^{}`, `refs/heads/${ref}`]);
      const look = `git ls-remote https://github.com/${repository} ${names} | tail -n 1 | cut -c 1-40`;
      const command = `sha=$(${look}) && test -n "$sha" && sed -i "s|${escaped(action)}@${escaped(ref)}\\( *\\)\\$|${action}@$sha # ${ref}|" ${quote([path])}`;
      return warns(`${path}: ${uses} is not pinned to a commit.`, {
        why: "A tag can be moved to other code, which then runs beside the deploy's secrets.",
        mends: [{ command, means: "Pins it to what the name means today; look at that commit first:" }],
      });
    });
}

/** The action of ours that a step runs: its name, empty for the whole chain; undefined for anything else. */
function actionOf(step: Record<string, unknown>): string | undefined {
  const match = OURS.exec(textIn(step["uses"]));
  return match === null ? undefined : (match[1] ?? "");
}

function lineOf(text: string, fits: (line: string) => boolean): string {
  return text.split("\n").findLast(fits) ?? "";
}

function jobLine(text: string, name: string): string {
  return lineOf(text, (line) => new RegExp(`^ +["']?${escaped(name)}["']?: *(?:#.*)?$`).test(line));
}

/** A command that writes one more line below a line of a file; beside it in a step, inside it in a job. */
function below(path: string, line: string, more: string): string {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const deeper = / *- /.test(line.slice(0, indent.length + 2)) || !/^ *uses:/.test(line) ? `${indent}  ` : indent;
  const replacement = `&\\n${deeper}${more}`.replaceAll("|", String.raw`\|`);
  return `sed -i ${inQuotes(`s|^${escaped(line)}$|${replacement}|`)} ${quote([path])}`;
}

/** As a basic regular expression between bars. */
function escaped(text: string): string {
  return text.replaceAll(/[\\.*[\]^$|]/g, String.raw`\$&`);
}

/** A scalar as it was written; empty for all else. */
function textIn(value: unknown): string {
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}

function mapIn(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function parsed(read: () => unknown): Record<string, unknown> | undefined {
  try {
    return mapIn(read());
  } catch {
    // What the parser says of it is GitHub's to say: it shows the file as broken.
    return undefined;
  }
}
