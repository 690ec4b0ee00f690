/**
 * `npm run bench -- [backup] [restore] [instant] [health] [startup] [doctor] [recover] [journal] [observers] [deploy]`: measures the committed commands and writes what came out to
 * docs/benchmarks.md. `--rounds 3` counted rounds; `--events 3100000` is the size of the database, and at any other
 * size nothing is written. A missed target is said loudly and is no failure: machines differ.
 */
import { cpus, loadavg, totalmem } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchBackup } from "./backup.ts";
import { benchDeploy, openShops, type Shops } from "./deploy.ts";
import { benchDoctor } from "./doctor.ts";
import { benchHealth } from "./health.ts";
import { benchInstant } from "./instant.ts";
import type { Findings } from "./judgement.ts";
import { benchJournal } from "./journal.ts";
import { benchObservers } from "./observers.ts";
import { section, write } from "./page.ts";
import { endRunning } from "./processes.ts";
import { benchRecover } from "./recover.ts";
import { benchRestore } from "./restore.ts";
import { openSite, type Site } from "./site.ts";
import { benchStartup } from "./startup.ts";

const PAGE = resolve(import.meta.dirname, "../../docs/benchmarks.md");
const BENCHES = ["backup", "restore", "instant", "health", "startup", "doctor", "recover", "journal", "observers", "deploy"] as const;
type Bench = (typeof BENCHES)[number];
/** What they share is one cluster with one large database. */
const SHARED: readonly Bench[] = ["backup", "restore", "instant"];
const EVENTS = 3_100_000;
/** Where a round is short, more of them cost nothing. */
const SHORT_ROUNDS = 10;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, events: { type: "string", default: String(EVENTS) } },
});
const [rounds, events] = [count("rounds", values.rounds), count("events", values.events)];
for (const word of positionals) if (!isBench(word)) stop(`there is no bench ${word}: ${BENCHES.join(", ")}`);
const chosen = BENCHES.filter((bench) => positionals.length === 0 || positionals.includes(bench));

const summary: string[] = [];
const busy = loadavg()[0] ?? 0;
if (busy > 0.5) say(`This machine is busy (load ${busy.toFixed(1)}): the figures will be worse than they need be.`);
const opened: Promise<AsyncDisposable>[] = [];
let closing: Promise<void> | undefined;
// Interrupted, it leaves neither servers and containers running nor gigabytes behind, however often it is said.
for (const [name, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(name, () => {
    if (closing !== undefined) return;
    say("\ninterrupted: taking away what was started");
    endRunning();
    void close().finally(() => process.exit(code));
  });
}
let site: Site | undefined;
let shops: Shops | undefined;
try {
  site = SHARED.some((bench) => chosen.includes(bench)) ? await kept(openSite(events, say)) : undefined;
  for (const bench of chosen) await run(bench);
} catch (error) {
  // What was taken away under it fails.
  if (closing === undefined) throw error;
} finally {
  await close();
}
say(`\n${summary.join("\n")}`);

/** What is open until the end, also where it is only being opened. */
async function kept<T extends AsyncDisposable>(opening: Promise<T>): Promise<T> {
  opened.push(opening);
  const resource = await opening;
  if (closing !== undefined) throw new Error("interrupted while it was opened");
  return resource;
}

async function close(): Promise<void> {
  await (closing ??= closeAll());
}

async function closeAll(): Promise<void> {
  for (const one of opened.toReversed()) {
    const resource = await one.catch(() => undefined);
    await resource?.[Symbol.asyncDispose]();
  }
}

async function run(bench: Bench): Promise<void> {
  say(`\n━━ ${bench} ━━`);
  const counted =
    bench === "health" || bench === "startup" || bench === "doctor" || bench === "recover" || bench === "journal" || bench === "observers"
      ? Math.max(rounds, SHORT_ROUNDS)
      : rounds;
  const findings = await measure(bench, counted);
  const about = [
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GB of memory, Node ${process.version.slice(1)}, load ${busy.toFixed(1)} before`,
  ];
  const shared = SHARED.includes(bench) ? (site?.about ?? []) : [];
  const text = section(findings, {
    date: new Date().toISOString().slice(0, 10),
    machine: [...about, ...shared].join("; "),
    command: ["npm run bench --", ...chosen, ...(rounds === 3 ? [] : [`--rounds ${rounds}`])].join(" "),
    rounds: counted,
  });
  say(`\n${text}`);
  for (const { target, measured, met } of findings.judgements) summary.push(`${met ? "met   " : "MISSED"}  ${target}: ${measured}`);
  if (events === EVENTS) await write(PAGE, bench, text);
}

async function measure(bench: Bench, counted: number): Promise<Findings> {
  if (bench === "health") return await benchHealth(counted, say);
  if (bench === "startup") return await benchStartup(counted, say);
  if (bench === "doctor") return await benchDoctor(counted, say);
  if (bench === "recover") return await benchRecover(counted, say);
  if (bench === "journal") return await benchJournal(counted, say);
  if (bench === "observers") return await benchObservers(counted, say);
  if (bench === "deploy") return await benchDeploy((shops ??= await kept(openShops(say))), counted, say);
  const shared = site as Site;
  if (bench === "instant") return await benchInstant(shared, counted, say);
  return bench === "backup" ? await benchBackup(shared, counted, say) : await benchRestore(shared, counted, say);
}

function isBench(word: string): word is Bench {
  return (BENCHES as readonly string[]).includes(word);
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) stop(`--${name} is ${text}; it must be a number from 1`);
  return Number(text);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function stop(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}
