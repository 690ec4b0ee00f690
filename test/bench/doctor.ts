import { resolve } from "node:path";
import setUp from "../lab/global.ts";
import { startProxy } from "../lab/proxy.ts";
import { openShop } from "../lab/shop.ts";
import { startSshd } from "../lab/sshd.ts";
import { always, type Findings } from "./judgement.ts";
import { succeeds } from "./processes.ts";
import { type Contender, interleaved } from "./rounds.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli.js");
const LIMIT_MS = 3000;
/** Each way: a round trip of 50 ms, as between two countries. */
const SLOW_MS = 25;

/** All that a deploy needs, looked at over SSH: on a line that costs nothing, and on one that does. */
export async function benchDoctor(rounds: number, say: (text: string) => void): Promise<Findings> {
  say("starting a cluster, an SSH server and a shop");
  await using opening = new AsyncDisposableStack();
  opening.defer(await setUp());
  const shop = opening.use(await openShop());
  await shop.deployed();
  const sshd = opening.use(await startSshd());
  const slow = opening.use(await startProxy(sshd.port, { delayMs: SLOW_MS }));
  const looks = (what: string, port: number): Contender => ({
    what,
    run: async () =>
      await succeeds([process.execPath, CLI, "doctor"], {
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: shop.folder,
          SAVEPOINT_RUN: "bench",
          SAVEPOINT_HOST: `${sshd.user}@${sshd.host}:${port}`,
          SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts.replaceAll(`:${sshd.port}`, `:${port}`),
          SAVEPOINT_SSH_KEY: sshd.key,
        },
        cwd: shop.checkout,
      }),
  });
  const series = await interleaved(
    [looks("savepoint doctor over SSH", sshd.port), looks(`savepoint doctor over SSH, a round trip taking ${2 * SLOW_MS} ms`, slow.port)],
    rounds,
    say,
  );
  return {
    series,
    judgements: series.map((one) => always(LIMIT_MS, one)),
    notes: [
      "The command line looks at a stable shop on a host that is reached over a real SSH server: one login, all examinations. The slow line is a proxy that holds every byte back.",
    ],
  };
}
