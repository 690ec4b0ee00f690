import { resolve } from "node:path";
import setUp from "../lab/global.ts";
import { openShop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { always, type Findings } from "./judgement.ts";
import { succeeds } from "./processes.ts";
import { interleaved } from "./rounds.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli.js");
const LIMIT_MS = 2000;
/** Longer than `lock-lease`: its owner counts as gone. Seconds. */
const GONE = 7200;

/** A deploy that was left after its switch, on a host behind SSH: from the command's start to its verdict. */
export async function benchRecover(rounds: number, say: (text: string) => void): Promise<Findings> {
  say("starting a cluster, an SSH server and a shop, and leaving a deploy open");
  await using opening = new AsyncDisposableStack();
  opening.defer(await setUp());
  const shop = opening.use(await openShop());
  await shop.deployed();
  await shop.commit({ files: { NEWS: "more" } });
  for (const step of ["backup", "rollout"]) {
    const run = await shop.run(step, {}, { workflow: "100.1" });
    if (run.code !== 0) throw new Error(`${step} ended with ${run.code}:\n${run.stderr}`);
  }
  await shop.age(GONE);
  const sshd = opening.use(await startSshd());
  const words = [process.execPath, CLI, "recover", "--dry-run", "--environment", "production", "--state-dir", shop.stateDir];
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: shop.folder,
    SAVEPOINT_RUN: "bench",
    SAVEPOINT_HOST: `${sshd.user}@${sshd.host}:${sshd.port}`,
    SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts,
    SAVEPOINT_SSH_KEY: sshd.key,
  };
  const decides = { what: "savepoint recover over SSH, to its verdict", run: async () => await succeeds(words, { env, cwd: shop.folder }) };
  const series = await interleaved([decides], rounds, say);
  return {
    series,
    judgements: series.map((one) => always(LIMIT_MS, one)),
    notes: [
      "A deploy whose run is gone was left after its switch, with its database as it was. The dry run reads the journal, asks host and database over a real SSH server, and says what would be done; the way back itself is in the deploys' section.",
    ],
  };
}
