import { type Failure, refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import type { Section } from "../../core/input.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Ports } from "../../core/ports.ts";
import type { Shared } from "../../config/shared.ts";
import type { Environment } from "../environment/environment.ts";
import { givenWords, PLACE_FLAGS } from "../call/given-words.ts";
import { nextCommand } from "../call/next-command.ts";
import { ownerOf } from "../call/owner.ts";

/**
 * Whether a person has to read the plan first (contract, 7): at a terminal the environment's name is typed in. In a workflow
 * the rules of its environment are the confirmation.
 */
export function mustBeConfirmed(asked: {
  readonly ports: Pick<Ports, "env" | "here">;
  readonly confirm: string | undefined;
  readonly environment: string;
}): boolean {
  const { ports, confirm, environment } = asked;
  // A name that is another environment's is a slip anywhere.
  return confirm === undefined ? ownerOf(ports).terminal : confirm !== environment;
}

/** The refusal that shows the plan, and the whole command that carries out this one. */
export function deployUnconfirmed(
  environment: Environment,
  asked: {
    readonly confirm: string | undefined;
    readonly commit: string | undefined;
    readonly plan: Outcome;
    readonly sections: readonly Section[];
  },
): Failure {
  const { confirm, commit, plan, sections } = asked;
  const { name, title, settings } = environment;
  const words = givenWords(settings, sections, new Set([...PLACE_FLAGS, "confirm", "commit"]));
  // What was shown is what is deployed, also where somebody commits meanwhile.
  const pinned = commit === undefined ? [] : ["--commit", commit];
  const what = commit === undefined ? `A deploy to ${title}` : `Deploying ${shortCommit(commit)} to ${title}`;
  return refusal(
    confirm === undefined
      ? `${what} needs a confirmation. Nothing was touched.`
      : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}. Nothing was touched.`,
    {
      hint: `The plan above is what it would do. To do it, type the environment's name as well: --confirm ${name}.`,
      ways: [{ command: nextCommand(environment, "deploy", [...words, ...pinned, "--confirm", name]), means: "Carries out this plan." }],
      outputs: plan.outputs,
      blocks: plan.blocks,
      code: "not-confirmed",
    },
  );
}

/** The same for a mark: what would be marked, and the whole command that marks it. */
export function unconfirmedMark(
  environment: Environment,
  asked: { readonly confirm: string | undefined; readonly plan: Outcome },
): Failure {
  const { confirm, plan } = asked;
  const { name, title } = environment;
  const commit = String(plan.outputs["commit"]);
  return refusal(
    confirm === undefined
      ? `Marking ${shortCommit(commit)} stable on ${title} needs a confirmation. Nothing was touched.`
      : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}. Nothing was touched.`,
    {
      hint: `To do it, type the environment's name as well: --confirm ${name}.`,
      ways: [
        {
          command: nextCommand(environment, "mark-stable", ["--commit", commit, "--confirm", name]),
          means: `Marks ${shortCommit(commit)} stable.`,
        },
      ],
      outputs: plan.outputs,
      code: "not-confirmed",
    },
  );
}

/** The call as a dry run, or as none. */
export function withDryRun<C extends { readonly inputs: { readonly shared: Shared } }>(call: C, dryRun: boolean): C {
  return { ...call, inputs: { ...call.inputs, shared: { ...call.inputs.shared, "dry-run": dryRun } } };
}
