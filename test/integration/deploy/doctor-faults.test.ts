import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/core/finding.ts";
import { ROUNDS } from "../../lab/doctor/every-fault.ts";
import type { DoctorLook, Fault, Planted, Site } from "../../lab/doctor/fault.ts";
import { type Desk, mend } from "../../lab/doctor/mend.ts";
import { type Cluster, startCluster } from "../../lab/postgres.ts";
import { settledShop } from "../../lab/settled-shop.ts";
import { startSshd } from "../../lab/sshd.ts";

/** A mend may need another one after it: an old key is forgotten first, and the new one noted then. */
const MOST_MENDS = 4;

let site: Site;
let bin: string;
const open = new AsyncDisposableStack();

beforeAll(async () => {
  const sshd = open.use(await startSshd());
  const plain = open.use(await startSshd({ plainUser: true }));
  const shop = open.use(await settledShop());
  const cluster = await startCluster({ settings: { wal_level: "logical", max_prepared_transactions: "5" } });
  open.defer(async () => await cluster.remove());
  await furnish(cluster);
  bin = join(shop.folder, "bin");
  await mkdir(bin);
  const program = async (name: string, script: string): Promise<void> =>
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  site = { shop, sshd, plain, replicating: cluster, program };
  // What a person has in ~/.ssh: OpenSSH's own client does not look in HOME.
  const known = join(shop.folder, "pasted_known_hosts");
  await writeFile(known, sshd.knownHosts + plain.knownHosts);
  const keys = `case "$*" in *"${plain.user}@"*) key=${plain.keyFile} ;; *) key=${sshd.keyFile} ;; esac`;
  await program("ssh", `${keys}\nexec /usr/bin/ssh -F none -i $key -o UserKnownHostsFile=${known} -o BatchMode=yes "$@"`);
});
afterAll(async () => await open.disposeAsync());

/** A database with a transaction that is prepared, and a subscription that hears nothing. */
async function furnish(cluster: Cluster): Promise<void> {
  const first = new pg.Client({ connectionString: cluster.url() });
  await first.connect();
  await first.query("CREATE DATABASE replicating");
  await first.end();
  const inside = new pg.Client({ connectionString: cluster.url("replicating") });
  await inside.connect();
  await inside.query("CREATE TABLE notes (id int)");
  await inside.query("CREATE SUBSCRIPTION sub CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)");
  await inside.query("BEGIN; INSERT INTO notes VALUES (1); PREPARE TRANSACTION 'moving'");
  await inside.end();
}

test.each(ROUNDS)("$name: named, and mended by what is printed", async ({ faults }) => {
  const planted: Planted[] = [];
  const desk: Desk = { cwd: site.shop.checkout, home: join(site.shop.folder, "home"), bin };
  for (const { plant } of faults) planted.push(await plant(site));
  try {
    const found = await look(merged(planted.map((one) => one.look)));
    for (const [at, fault] of faults.entries()) await mend(fault, planted[at] ?? {}, { found, desk });
    const after = merged(planted.map((one) => one.after ?? one.look));
    let left = stillThere(faults, await look(after));
    // What mends it in two steps says so in its second look.
    for (let turn = 1; turn < MOST_MENDS && left.length > 0 && left.every(({ pasted }) => pasted !== false); turn += 1) {
      const again = await look(after);
      for (const fault of left) await mend(fault, planted[faults.indexOf(fault)] ?? {}, { found: again, desk });
      left = stillThere(faults, await look(after));
    }
    expect(left.map(({ fault }) => fault)).toEqual([]);
  } finally {
    for (const { undo } of planted.toReversed()) await undo?.();
  }
});

function stillThere(faults: readonly Fault[], found: readonly Finding[]): readonly Fault[] {
  return faults.filter(({ about, state }) => found.some((one) => one.about === about && one.state === state));
}

function merged(looks: readonly (DoctorLook | undefined)[]): DoctorLook {
  const env = Object.assign({}, ...looks.map((one) => one?.env ?? {}));
  return { ...Object.assign({}, ...looks), env };
}

async function look({ on = site.sshd, local, ...options }: DoctorLook): Promise<readonly Finding[]> {
  const way = { SAVEPOINT_HOST: `${on.user}@${on.host}:${on.port}`, SAVEPOINT_SSH_KNOWN_HOSTS: on.knownHosts, SAVEPOINT_SSH_KEY: on.key };
  const run = await site.shop.run("doctor", {}, { ...options, env: { ...(local !== true && way), ...options.env } });
  const found = JSON.parse(run.json?.outputs?.findings ?? "[]") as readonly Finding[];
  expect(found.length, run.stderr).toBeGreaterThan(0);
  expect(run.code, run.stderr).toBe(found.some(({ state }) => state === "fail") ? 3 : 0);
  return found;
}
