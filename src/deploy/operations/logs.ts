import { OF_DATABASE, OF_DEPLOYS, sharedSection } from "../../config/shared.ts";
import { refusal } from "../../core/failure.ts";
import { shortCommit } from "../../core/format.ts";
import { input, type Section } from "../../core/input.ts";
import { flag, line } from "../../core/kinds.ts";
import { type Call, operation } from "../../core/operation.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { DeployRecord, Ledger } from "../../journal/ledger.ts";
import { type Environment, openEnvironment, stateOf } from "../environment/environment.ts";
import { nextCommand } from "../call/next-command.ts";
import { entryText, isAbout } from "../lock/entry-text.ts";
import { followJournal } from "../lock/follow-journal.ts";
import { lastDeploy } from "./last-deploy.ts";

const logsSection = {
  name: "logs",
  inputs: {
    deploy: input(line, { description: "The deploy's id. Default: the open one, else the last.", perRun: true }),
    follow: input(flag, { description: "Go on until the deploy is closed.", default: "false", perRun: true }),
  },
} as const satisfies Section;

const sections = { shared: sharedSection, logs: logsSection } as const;

const NEED = { state: "existing" } as const;

export const logs = operation({
  name: "logs",
  description: "Prints what a deploy's journal says, or follows a run elsewhere until its end. Exits as the deploy itself ended.",
  sections,
  passesOver: [...OF_DEPLOYS, ...OF_DATABASE, "tag-prefix", "dry-run"],
  own: "logs",
  outputs: { deploy: "The deploy's id.", end: "`confirmed`, `rolled-back`, `abandoned` or `failed`; empty while it is open." },
  async run(call: Call<typeof sections>): Promise<Outcome> {
    const { follow, deploy: wanted } = call.inputs.logs;
    await using environment = await openEnvironment(call, NEED);
    const { report } = environment.ports;
    let ledger = await stateOf(environment).journal.read();
    const { id } = chosen(environment, ledger, wanted);
    let told = 0;
    const tell = (): void => {
      const all = ledger.entries.filter((entry) => isAbout(entry, id));
      for (const entry of all.slice(told)) {
        const text = entryText(entry);
        if (text !== undefined) report.say(`${entry.at.replace("T", " ").slice(0, 19)}  ${text}`);
      }
      told = all.length;
    };
    report.say(`The journal of deploy ${id} of ${environment.title}. Times are UTC.`);
    tell();
    if (follow && recordOf(ledger, id).end === undefined)
      await followJournal(
        environment,
        async (quiet) => await openEnvironment({ ...call, ports: { ...call.ports, report: quiet } }, NEED),
        async (journal) => {
          ledger = await journal.read();
          tell();
          return recordOf(ledger, id).end !== undefined;
        },
      );
    return outcomeOf(environment, ledger, recordOf(ledger, id));
  },
});

function outcomeOf(environment: Environment, ledger: Ledger, deploy: DeployRecord): Outcome {
  const { id, end } = deploy;
  const follow = { command: nextCommand(environment, "logs", ["--deploy", id, "--follow"]), means: "Follows it until it is closed." };
  const entries = ledger.entries.filter((entry) => isAbout(entry, id));
  return {
    outputs: { deploy: id, end: end?.as },
    headline: lastDeploy(deploy),
    blocks: [],
    exit: exitOf(deploy),
    ways: end === undefined ? [follow] : [],
    // What was given to it stays in the journal: this is what happened.
    details: {
      deploy: { id, commit: deploy.commit, owner: deploy.owner, run: deploy.run, openedAt: deploy.openedAt, end },
      entries: entries.flatMap((entry) => {
        const text = entryText(entry);
        return text === undefined ? [] : [{ at: entry.at, owner: entry.owner, kind: entry.kind, text }];
      }),
    },
  };
}

/** As the deploy's own command would have ended (contract, 7); 0 while it is open. */
function exitOf({ end, goingBack }: DeployRecord): 0 | 1 | 3 {
  if (end === undefined || end.as === "confirmed") return 0;
  // Who went back by hand wanted just that.
  if (end.as === "rolled-back") return goingBack ? 0 : 1;
  return end.blocks ? 3 : 1;
}

function chosen(environment: Environment, ledger: Ledger, wanted: string | undefined): DeployRecord {
  const last = ledger.open ?? ledger.deploys.at(-1);
  const found = wanted === undefined ? last : ledger.deploys.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  const newest = ledger.deploys.slice(-5).reverse();
  throw refusal(
    wanted === undefined
      ? `No deploy of ${environment.title} is in the journal.`
      : `The journal of ${environment.title} has no deploy ${wanted}.`,
    {
      code: wanted === undefined ? "no-state" : "usage",
      hint:
        newest.length === 0
          ? "Nothing was deployed there yet."
          : `The newest are: ${newest.map((one) => `${one.id} (${shortCommit(one.commit)})`).join(", ")}.`,
    },
  );
}

function recordOf(ledger: Ledger, id: string): DeployRecord {
  const found = ledger.deploys.find((one) => one.id === id);
  if (found === undefined) throw refusal(`The journal has no deploy ${id} any more.`, { code: "no-state" });
  return found;
}
