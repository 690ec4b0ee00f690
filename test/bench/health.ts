import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../lab/postgres.ts";
import { always, type Findings } from "./judgement.ts";
import { succeeds } from "./processes.ts";
import { inUnits } from "./rounds.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli.js");

/** How an app becomes ready: it answers 503 until then, or nobody listens until then. */
const WAYS = ["answers 503 before", "does not listen before"] as const;

interface Seen {
  /** From ready to the first answer that passes. */
  readonly firstPass: number;
  /** From ready to the end of the process, with the verdict. */
  readonly verdict: number;
}

/** How long after an app became ready the health check has seen it, and has its verdict. */
export async function benchHealth(rounds: number, say: (text: string) => void): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), "savepoint-bench-"));
  const seen = new Map(WAYS.map((way): [string, Seen[]] => [way, []]));
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const way of WAYS) {
        // Spread evenly over a pause between attempts, and more: ready at no convenient moment.
        const readyAfter = 1000 + (1300 * round) / rounds;
        const times = await observe(way, readyAfter, folder);
        say(
          `${round === 0 ? "warm-up" : `round ${round}`}: an app that ${way}: first pass ${inUnits(times.firstPass)}, verdict ${inUnits(times.verdict)}`,
        );
        if (round > 0) seen.get(way)?.push(times);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const series = (pick: keyof Seen, name: string) =>
    WAYS.map((way) => ({ what: `${name}, an app that ${way}`, samples: (seen.get(way) ?? []).map((one) => one[pick]) }));
  const verdicts = series("verdict", "verdict after ready");
  return {
    series: [...series("firstPass", "first pass after ready"), ...verdicts],
    judgements: verdicts.map((one) => always(1000, one)),
    notes: ["`savepoint health-check --url …` with its defaults: 3 passes in a row, 250 ms apart. The verdict is the end of the process."],
  };
}

async function observe(way: (typeof WAYS)[number], readyAfter: number, folder: string): Promise<Seen> {
  const port = await freePort();
  let readyAt: number | undefined;
  let firstPass: number | undefined;
  const server = createServer((_request, response) => {
    if (readyAt !== undefined) firstPass ??= performance.now();
    response.statusCode = readyAt === undefined ? 503 : 200;
    response.end("here\n");
  });
  if (way === "answers 503 before") await listen(server, port);
  const began = performance.now();
  const process_ = succeeds([process.execPath, CLI, "health-check", "--url", `http://127.0.0.1:${port}/`], {
    env: { PATH: process.env["PATH"] ?? "", HOME: folder },
    cwd: folder,
  });
  try {
    await Promise.race([wait(readyAfter), process_]);
    if (way === "does not listen before") await listen(server, port);
    readyAt = performance.now();
    const ended = began + (await process_);
    if (firstPass === undefined) throw new Error("the app was found healthy without being asked");
    return { firstPass: firstPass - readyAt, verdict: ended - readyAt };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
}
