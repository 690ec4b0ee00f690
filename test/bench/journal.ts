import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lock } from "../../src/journal/lock.ts";
import { statePaths } from "../../src/journal/paths.ts";
import setUp from "../lab/global.ts";
import { machineOn } from "../lab/machines.ts";
import { openShop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { type Findings, usually } from "./judgement.ts";
import { interleaved } from "./rounds.ts";

const LIMIT_MS = 100;

/** All that a deploy writes into its journal, line after line, over SSH. */
export async function benchJournal(rounds: number, say: (text: string) => void): Promise<Findings> {
  say("starting a cluster, an SSH server and a shop, and deploying it for the lines of its journal");
  await using opening = new AsyncDisposableStack();
  opening.defer(await setUp());
  const shop = opening.use(await openShop());
  await shop.deployed();
  const lines = (await readFile(join(shop.stateDir, "journal.jsonl"), "utf8")).trimEnd().split("\n");
  const folder = await mkdtemp(join(tmpdir(), "savepoint-bench-journal-"));
  opening.defer(async () => await rm(folder, { recursive: true }));
  const machine = opening.use(await machineOn(opening.use(await startSshd())));
  const holder = { id: "bench", fence: 1, owner: "bench", since: new Date().toISOString() };
  const lock = new Lock(machine, statePaths(folder));
  if (!(await lock.take(holder))) throw new Error("the lock could not be taken");
  const run = async (): Promise<number> => {
    const began = performance.now();
    // Each line is another one than those of the round before.
    for (const line of lines) await lock.append(`${line} ${began}`, holder);
    return performance.now() - began;
  };
  const series = await interleaved([{ what: `the ${lines.length} entries of a deploy's journal, over SSH`, run }], rounds, say);
  return {
    series,
    judgements: series.map((one) => usually(LIMIT_MS, one)),
    notes: [
      "Each entry is written by one script on the host: it looks whose the lock is, looks whether the line is there already, adds it in one piece and brings it to the disk. The lines are those that a deploy wrote, sent again over one connection to a real SSH server.",
    ],
  };
}
