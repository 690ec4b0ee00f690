import { setTimeout as wait } from "node:timers/promises";
import { account } from "./account.ts";
import { versions } from "./shop.ts";
import { Stage } from "./stage.ts";

/** How each version's deploy must end. */
const EXPECTED: Readonly<Record<string, "stable" | "taken back">> = {
  "1.0": "stable",
  "1.1": "taken back",
  "1.2": "taken back",
  "1.3": "taken back",
  "1.4": "stable",
};

interface Act {
  readonly version: string;
  readonly commit: string;
  readonly result: "stable" | "taken back";
  readonly running: string;
  readonly schema: string;
  readonly stable: string;
  readonly seconds: number;
}

const keep = process.argv.includes("--keep");
const began = Date.now();
say("Setting the stage: a throwaway PostgreSQL, a git remote on disk, a checkout, and the app's folder.");
const stage = await Stage.set();
try {
  await perform(stage);
} catch (error) {
  // What the deploy itself said stands above.
  say(`\n✗ The demo failed. ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  if (keep) await leave(stage);
  else await stage.strike();
}

/** Everything stays, and what it is and how it ends is said. */
async function leave(kept: Stage): Promise<void> {
  const runs = await kept.runningVersion();
  say(
    `\nKept: ${kept.root}. ${runs === undefined ? "The app does not run" : `The app runs: ${runs}, on http://127.0.0.1:${kept.port}/`}. Play:`,
  );
  say(`  cd ${kept.path("checkout")} && SAVEPOINT_RUN=demo ${process.execPath} ${kept.program} status`);
  say(`To end and remove it:\n  ${kept.ending}`);
}

async function perform(stage: Stage): Promise<void> {
  const acts: Act[] = [];
  const names = new Map<string, string>();
  for (const version of versions) {
    const commit = await stage.commit(version);
    names.set(commit, version.name);
    if (acts.length === 0) await stage.prepareHost();
    say(`\n━━ ${version.name}: ${version.story} ━━\n$ savepoint deploy --confirm production`);
    const start = Date.now();
    const code = await stage.savepoint("deploy", "--confirm", "production");
    const stable = names.get(await stage.latestStable()) ?? "none";
    const running = (await stage.runningVersion()) ?? "none";
    acts.push({
      version: version.name,
      commit,
      result: code === 0 ? "stable" : "taken back",
      running,
      schema: await schemaOf(stage),
      stable,
      seconds: (Date.now() - start) / 1000,
    });
    check(acts.at(-1), code);
    await wait(300); // users write
  }
  await stage.stopApp();
  report(acts);
  const rows = await account(stage);
  for (const line of rows.lines) say(line);
  if (keep) await stage.startApp();
  if (rows.missing > 0) throw new Error(`${rows.missing} confirmed orders are nowhere: this must never happen`);
  say(`\nDone in ${((Date.now() - began) / 1000).toFixed(0)} s.`);
}

/** Code and database are asked, not the log. */
function check(act: Act | undefined, code: number): void {
  if (act === undefined) return;
  const expected = EXPECTED[act.version];
  const version = expected === "stable" ? act.version : "1.0";
  const schema = version === "1.0" ? "001" : "003";
  if (act.result !== expected || act.running !== version || act.stable !== version || act.schema !== schema) {
    throw new Error(
      `${act.version} should have been ${expected} (code ${version}, schema ${schema}); exit ${code}, code ${act.running}, schema ${act.schema}, stable ${act.stable}`,
    );
  }
  say(
    `\n  asked the app: it is ${act.running} · asked the database: its schema is at migration ${act.schema} · asked git: latest-stable is ${act.stable}`,
  );
}

async function schemaOf(stage: Stage): Promise<string> {
  const [table] = await stage.query<{ there: boolean }>("shop", "SELECT to_regclass('schema_migrations') IS NOT NULL AS there");
  if (table?.there !== true) return "none";
  const rows = await stage.query<{ version: string }>("shop", "SELECT version FROM schema_migrations ORDER BY version DESC LIMIT 1");
  return rows[0]?.version ?? "none";
}

function report(acts: readonly Act[]): void {
  const longest = Math.max(...acts.map((act) => act.seconds));
  say("\n━━ What happened ━━");
  for (const act of acts)
    say(
      `  ${act.version}  ${"█".repeat(Math.max(1, Math.round((act.seconds / longest) * 30))).padEnd(30)}  ${act.seconds.toFixed(1).padStart(5)} s  ${act.result}`,
    );
  say("\n  deployed   commit    result       code after   schema after   latest-stable");
  for (const act of acts)
    say(
      `  ${act.version.padEnd(9)}  ${act.commit.slice(0, 7)}   ${act.result.padEnd(11)}  ${act.running.padEnd(11)}  ${act.schema.padEnd(13)}  ${act.stable}`,
    );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
