import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type ComposeShop, openComposeShop } from "../lab/compose-shop.ts";
import openContainers from "../lab/containers.ts";
import { type Host, startHost } from "../lab/host.ts";
import { atLeast, type Findings, usually } from "./judgement.ts";
import { succeeds } from "./processes.ts";
import { type Contender, interleaved, type Series } from "./rounds.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli.js");
const ROWS = 300_000;
/** What the script waits for its app, each time. Milliseconds. */
const SLEEP_MS = 30_000;
const OVERHEAD_MS = 5000;

/** `$1` the host, `$2` its folder, `$3` the commit, `$4` the app's address. Without its `sleep 30`, which is added to the figures. */
const DEPLOY = `
ssh "$1" "cd $2 && git fetch -q origin && git reset -q --hard $3"
ssh "$1" "cd $2 && docker compose exec -T postgres pg_dump -U shop shop </dev/null | gzip > ~/backup.sql.gz"
ssh "$1" "cd $2 && docker compose up -d --build"
for i in $(seq 300); do curl -fs -o /dev/null "$4" && break; sleep 0.2; done; curl -fsS -o /dev/null "$4"
git tag -f latest-stable "$3" && git push -qf origin latest-stable`;

const ROLLBACK = `
ssh "$1" "cd $2 && git reset -q --hard HEAD~1 && docker compose stop web"
ssh "$1" "cd $2 && docker compose exec -T postgres psql -q -U shop postgres -c 'DROP DATABASE shop WITH (FORCE)' -c 'CREATE DATABASE shop' </dev/null"
ssh "$1" "cd $2 && gunzip -c ~/backup.sql.gz | docker compose exec -T postgres psql -q -U shop shop -o /dev/null"
ssh "$1" "cd $2 && docker compose up -d --build"
for i in $(seq 300); do curl -fs -o /dev/null "$4" && break; sleep 0.2; done; curl -fsS -o /dev/null "$4"`;

/** What no deploy can do without, on the host itself and without a connection to it: \`$1\` the app's address. */
const PARTS = `
docker compose exec -T postgres sh -c 'pg_dump --format=custom --compress=0 -U shop shop | zstd -q -1 -T2' </dev/null > ~/bare.dump
docker compose exec -T postgres sh -c 'zstd -q -d -c | pg_restore --file=/dev/null' < ~/bare.dump
sha256sum ~/bare.dump
sync ~/bare.dump
docker compose build --quiet web
docker compose up --detach --no-deps web
for i in $(seq 600); do wget -q -O /dev/null "$URL" && break; sleep 0.1; done; wget -q -O /dev/null "$URL"`;

/** A host, and on it the script's shop and ours. */
export interface Shops extends AsyncDisposable {
  readonly host: Host;
  readonly scripted: ComposeShop;
  readonly ours: ComposeShop;
}

export async function openShops(say: (text: string) => void): Promise<Shops> {
  say("starting an engine, a host and two shops");
  await using opening = new AsyncDisposableStack();
  opening.defer(await openContainers());
  const host = opening.use(await startHost());
  const scripted = opening.use(await openComposeShop(host));
  const ours = opening.use(await openComposeShop(host));
  for (const shop of [scripted, ours]) await fill(shop);
  const all = opening.move();
  return { host, scripted, ours, [Symbol.asyncDispose]: async () => await all.disposeAsync() };
}

/** A deploy and a rollback of a compose project over SSH, against the usual script on the same host and engine. */
export async function benchDeploy(shops: Shops, rounds: number, say: (text: string) => void): Promise<Findings> {
  const stage = await stageOf(shops);
  say("the first deploy, to have a version to go back to");
  await stage.savepoint("deploy", "--confirm", "production")();
  return await measure(stage, rounds, say);
}

interface Stage {
  readonly script: (text: string) => Contender["run"];
  readonly savepoint: (...words: readonly string[]) => Contender["run"];
  readonly parts: Contender["run"];
  readonly next: (shop: ComposeShop) => () => Promise<void>;
  readonly scripted: ComposeShop;
  readonly ours: ComposeShop;
  /** How often somebody logged in on the host so far. */
  readonly logins: () => Promise<number>;
}

async function stageOf({ host, scripted, ours }: Shops): Promise<Stage> {
  const home = join(scripted.checkout, "..", "home", "bench");
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "known"), host.knownHosts);
  const ssh = `#!/bin/sh\nexec /usr/bin/ssh -F none -i ${host.keyFile} -o UserKnownHostsFile=${join(home, "known")} "$@"\n`;
  await writeFile(join(home, "ssh"), ssh, { mode: 0o755 });
  const env = { PATH: `${home}:${process.env["PATH"] ?? ""}`, HOME: home };
  let turn = 0;
  let commit = "";
  return {
    scripted,
    ours,
    next: (shop) => async () => {
      turn += 1;
      const table = `CREATE TABLE round_${turn} (id int);`;
      const migrations = shop === ours ? { [`${100 + turn}_round.sql`]: `-- UP\n${table}\n-- DOWN\nDROP TABLE round_${turn};\n` } : {};
      commit = await shop.commit({ files: { VERSION: String(turn) }, migrations, behaviour: { query: "SELECT 1" } });
    },
    script: (text) => async () =>
      await succeeds(["sh", "-e", "-c", text, "sh", host.login, scripted.appDir, commit, `${scripted.url}/health`], {
        env,
        cwd: scripted.checkout,
      }),
    savepoint:
      (...words) =>
      async () =>
        await succeeds([process.execPath, CLI, ...words], { env: { ...env, ...ours.ssh, SAVEPOINT_RUN: "bench" }, cwd: ours.checkout }),
    parts: async () => {
      await host.run(`git fetch -q origin && git reset -q --hard ${commit}`, { cwd: scripted.appDir });
      const began = performance.now();
      await host.run(`set -e${PARTS}`, { cwd: scripted.appDir, env: { URL: `${scripted.url.replace("127.0.0.1", "localhost")}/health` } });
      return performance.now() - began;
    },
    logins: async () => (await readFile(join(host.folder, "../ssh/log"), "utf8")).split("Accepted publickey").length - 1,
  };
}

async function measure(stage: Stage, rounds: number, say: (text: string) => void): Promise<Findings> {
  const logins: number[] = [];
  // By hand nothing is restored to prove it, so what is compared is not either; what that adds is measured apart.
  const deploy = stage.savepoint("deploy", "--confirm", "production", "--backup-verify", "read");
  const measured = await interleaved(
    [
      { what: "the script's deploy, without its sleep", prepare: stage.next(stage.scripted), run: stage.script(DEPLOY) },
      { what: "the script's rollback, without its sleep", run: stage.script(ROLLBACK) },
      {
        what: "savepoint deploy, verify: read",
        prepare: stage.next(stage.ours),
        run: async () => {
          const before = await stage.logins();
          const ms = await deploy();
          logins.push((await stage.logins()) - before);
          return ms;
        },
      },
      {
        what: "savepoint deploy, verify: restore",
        prepare: stage.next(stage.ours),
        run: stage.savepoint("deploy", "--confirm", "production", "--backup-verify", "restore"),
      },
      {
        what: "savepoint rollback",
        run: stage.savepoint("rollback", "--confirm", "production", "--reason", "bench", "--database", "restore"),
      },
      { what: "dump, build, start and health by hand", prepare: stage.next(stage.scripted), run: stage.parts },
    ],
    rounds,
    say,
  );
  const [scriptDeploy, scriptRollback, ourDeploy, provenDeploy, ourRollback, parts] = measured as [
    Series,
    Series,
    Series,
    Series,
    Series,
    Series,
  ];
  const written = (series: Series): Series => ({
    what: series.what.replace("without its sleep", "as it is written"),
    samples: series.samples.map((ms) => ms + SLEEP_MS),
  });
  const overhead: Series = {
    what: "what the chain adds to dump, build, start and health",
    samples: ourDeploy.samples.map((ms, round) => ms - (parts.samples[round] ?? 0)),
  };
  return {
    series: [
      written(scriptDeploy),
      scriptDeploy,
      ourDeploy,
      provenDeploy,
      parts,
      overhead,
      written(scriptRollback),
      scriptRollback,
      ourRollback,
    ],
    judgements: [
      usually(OVERHEAD_MS, overhead),
      atLeast(5, written(scriptRollback), ourRollback),
      {
        target: "savepoint deploy: one SSH handshake",
        measured: `${Math.max(...logins)} at most`,
        met: logins.length > 0 && logins.every((count) => count === 1),
      },
    ],
    notes: [
      `The script resets the host's clone, dumps with \`pg_dump | gzip\`, \`docker compose up -d --build\`, sleeps ${SLEEP_MS / 1000} s, asks the app once and moves a tag; its rollback resets to \`HEAD~1\`, drops and creates the database, restores through \`psql\`, builds and starts again, and sleeps as long. \`savepoint deploy\` is the whole chain with a migration, whose backup is read back (\`verify: read\`), or restored and compared too (\`restore\`), \`savepoint rollback\` a rollback by hand of code and database: from the start of the process to its end, by which the app is healthy on the version.`,
      `A test host with its own network, a user who is not root and no Node; app and PostgreSQL in a compose project, a database with ${ROWS.toLocaleString("en-US")} rows.`,
    ],
  };
}

async function fill(shop: ComposeShop): Promise<void> {
  while ((await shop.health())?.status !== 200) await wait(100);
  await shop.sql("CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY, note text)");
  await shop.sql(`INSERT INTO orders (note) SELECT md5(i::text) || md5(random()::text) FROM generate_series(1, ${ROWS}) i`);
}
