import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatManifest, type Manifest } from "../../../src/backup/manifest.ts";
import { Cancelled, type Failure } from "../../../src/core/failure.ts";
import type { Command, Finished, Machine } from "../../../src/core/machine.ts";
import { manifest as sound } from "../../unit/backup/manifests.ts";
import { machine, type Stage, stage } from "./stage.ts";
import { removeFolder } from "../../lab/folder.ts";

/** This machine, where something happens after each command of one program. */
const meddling = (program: string, after: (command: Command) => Promise<void>): Machine => ({
  ...machine,
  run: async (command): Promise<Finished> => {
    const finished = await machine.run(command);
    if (command.words.some((word) => word.endsWith(`/${program}`))) await after(command);
    return finished;
  },
});

const failureOf = async (work: Promise<unknown>): Promise<Failure> =>
  await work.then(
    () => expect.unreachable("it should have failed"),
    (error: Failure) => error,
  );

/** A session that holds a table, so that a dump waits. */
const holdTable = async (here: Stage): Promise<AsyncDisposable & { pid: number }> => {
  const connection = await here.database.connect("a long migration");
  await connection.exec("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE");
  return connection;
};

/** Resolves when the dump waits for a lock; its server process. */
const waitingDump = async (here: Stage): Promise<number> =>
  await expect
    .poll(
      async () =>
        (
          await here.fresh.superuser(
            `SELECT pid FROM pg_stat_activity WHERE datname = '${here.fresh.name}' AND application_name = 'savepoint backup' AND wait_event_type = 'Lock' AND query LIKE 'LOCK%'`,
          )
        ).at(0)?.["pid"],
    )
    .toBeDefined()
    .then(async () =>
      Number(
        (
          await here.fresh.superuser(
            `SELECT pid FROM pg_stat_activity WHERE datname = '${here.fresh.name}' AND application_name = 'savepoint backup' AND query LIKE 'LOCK%'`,
          )
        ).at(0)?.["pid"],
      ),
    );

/** After a failure the earlier backup is as it was, and nothing else is there. */
const expectUntouched = async (here: Stage, earlier: Manifest): Promise<void> => {
  expect(await here.files()).toEqual([earlier.file, `${earlier.file}.json`]);
  expect((await here.store.all()).manifests).toEqual([earlier]);
  expect(await here.databases()).toEqual([here.fresh.name]);
};

const withTable = async (here: Stage): Promise<Manifest> => {
  await here.fresh.sql("CREATE TABLE held (id integer); INSERT INTO held SELECT generate_series(1, 1000)");
  return await here.backup();
};

describe("a failed backup leaves the earlier ones alone and no half file:", () => {
  test("pg_dump was killed", async () => {
    await using here = await stage();
    const earlier = await withTable(here);
    await using _ = await holdTable(here);
    const notes = await mkdtemp(join(tmpdir(), "savepoint-notes-"));
    const failed = failureOf(here.backup({ noteIn: join(notes, "backup") }));
    await waitingDump(here);
    const [pid] = (await readFile(join(notes, "backup-dump"), "utf8")).split("\n");
    process.kill(Number(pid), "SIGKILL");
    expect(await failed).toMatchObject({ message: "pg_dump failed (killed by SIGKILL).", exit: 1 });
    await removeFolder(notes);
    await expectUntouched(here, earlier);
  });

  test("the connection was ended in the middle", async () => {
    await using here = await stage();
    const earlier = await withTable(here);
    await using _ = await holdTable(here);
    const failed = failureOf(here.backup());
    await here.fresh.superuser(`SELECT pg_terminate_backend(${await waitingDump(here)})`);
    expect(await failed).toMatchObject({
      message: "pg_dump failed (exit 1).",
      evidence: expect.arrayContaining([expect.stringContaining("terminating connection due to administrator command")]),
    });
    await expectUntouched(here, earlier);
  });

  test("a table stayed locked, and the error names who holds it", async () => {
    await using here = await stage();
    const earlier = await withTable(here);
    await using holder = await holdTable(here);
    const failure = await failureOf(here.backup({ lockTimeoutMs: 1500 }));
    expect(failure).toMatchObject({ message: "The backup waited 1.5 s for a lock on a table and gave up.", code: "55P03" });
    expect(failure.evidence[0]).toContain(
      `session ${holder.pid} (${here.fresh.owner}, savepoint a long migration) holds AccessExclusiveLock on public.held`,
    );
    await expectUntouched(here, earlier);
  });

  test("while it waits for a table, who holds it is said", async () => {
    await using here = await stage();
    await withTable(here);
    await using holder = await holdTable(here);
    await failureOf(here.backup({ lockTimeoutMs: 13_000 }));
    expect(here.said.filter((line) => line.startsWith("The dump waits"))).toEqual([
      expect.stringMatching(new RegExp(`^The dump waits for a table's lock: session ${holder.pid} .*public.held`)),
    ]);
  });

  test("it was cancelled", async () => {
    await using here = await stage();
    const earlier = await withTable(here);
    await using _ = await holdTable(here);
    const run = new AbortController();
    const failed = failureOf(here.backup({ ports: { ...here.ports, signal: run.signal } }));
    await waitingDump(here);
    run.abort();
    expect(await failed).toBeInstanceOf(Cancelled);
    await expectUntouched(here, earlier);
  });

  test("the run was killed, and the next backup is fine", async () => {
    await using here = await stage();
    const earlier = await withTable(here);
    const holder = await holdTable(here);
    const source = (path: string): string => JSON.stringify(join(process.cwd(), "src", path));
    const script = `
      import { createBackup } from ${source("backup/create.ts")};
      import { BackupStore } from ${source("backup/store.ts")};
      import { localMachine } from ${source("machine/process/local.ts")};
      import { parseTargetUrl } from ${source("postgres/address.ts")};
      import { openDatabase } from ${source("postgres/database.ts")};
      const machine = localMachine();
      const database = openDatabase({ target: parseTargetUrl(${JSON.stringify(here.fresh.url)}), dialFrom: machine, toolsOn: machine });
      const ports = { clock: { now: () => new Date() }, report: { detail: () => undefined }, signal: new AbortController().signal };
      await createBackup({ database, store: new BackupStore(machine, ${JSON.stringify(here.store.directory)}), identity: { app: "shop", environment: "production" }, purpose: "manual", verify: "read", readHistory: async () => [], ports });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
    const left = await waitingDump(here);
    child.kill("SIGKILL");
    await expect.poll(async () => await here.files()).toEqual([earlier.file, `${earlier.file}.json`]);
    await here.fresh.superuser(`SELECT pg_terminate_backend(${left})`);
    await holder[Symbol.asyncDispose]();
    const next = await here.backup({ purpose: "manual" });
    expect((await here.store.all()).manifests).toEqual([next, earlier]);
    expect(await here.files()).toHaveLength(4);
  });

  test("the dump was cut off after it was written", async () => {
    await using here = await stage({ toolsOn: meddling("pg_dump", cutOffSecond()) });
    const earlier = await withTable(here);
    await here.fresh.sql("INSERT INTO held SELECT (random() * 1e9)::int FROM generate_series(1, 50000)");
    expect(await failureOf(here.backup())).toMatchObject({
      code: "dump-unreadable",
      message: "The dump cannot be read back: pg_restore failed (exit 1).",
    });
    await expectUntouched(here, earlier);
  });

  test("the dump was cut off in what had been read back already", async () => {
    // Until then all whole blocks are read.
    await using here = await stage({ toolsOn: meddling("pg_dump", cutOffSecond({ afterMs: 6000 })) });
    const earlier = await withTable(here);
    await here.fresh.sql("CREATE TABLE large AS SELECT md5(random()::text) || md5(random()::text) AS x FROM generate_series(1, 150000)");
    expect(await failureOf(here.backup())).toMatchObject({
      code: "dump-unreadable",
      message: "The dump became shorter while it was read back.",
    });
    await expectUntouched(here, earlier);
  });

  test("the restored copy has other rows, and the first differences are shown", async () => {
    const loseRow = async ({ words }: Command): Promise<void> => {
      const side = /dbname='(.*)'/.exec(words.join(" "))?.[1];
      if (side !== undefined)
        await here.fresh.superuser(
          `DELETE FROM held WHERE id = 1; CREATE TABLE more (); ALTER TABLE more OWNER TO ${here.fresh.owner}`,
          side,
        );
    };
    await using here = await stage({ toolsOn: meddling("pg_restore", loseRow) });
    const earlier = await withTable(here);
    const failure = await failureOf(here.backup({ verify: "restore" }));
    expect(failure.code).toBe("differs");
    expect([failure.message, ...failure.evidence].join("\n")).toMatch(
      /fingerprint[^]*not there before: .*more[^]*public\.held has 999 instead of 1,000[^]*public\.more was not there before/,
    );
    await expectUntouched(here, earlier);
  });

  test("where the schema differs, the next backup would too: what is said is to change what is named", async () => {
    await using here = await stage();
    // A restore fills none that reads one that is empty.
    await here.fresh.sql(
      "CREATE MATERIALIZED VIEW below AS SELECT 1 AS a; CREATE MATERIALIZED VIEW above AS TABLE below; REFRESH MATERIALIZED VIEW below WITH NO DATA",
    );
    const failure = await failureOf(here.backup({ verify: "restore" }));
    expect(failure.code).toBe("differs");
    expect(failure.evidence.join("\n")).toMatch(/schema, not there before: materialized view public\.above: .*populated=false/);
    expect(failure.hint).toContain("each backup of this schema will differ in the same way: change it in the live database");
    await here.fresh.sql("REFRESH MATERIALIZED VIEW below");
    await here.backup({ verify: "restore" });
  });

  test("the side database cannot be made", async () => {
    await using here = await stage();
    const earlier = await withTable(here);
    await here.fresh.superuser(`ALTER ROLE ${here.fresh.owner} NOCREATEDB`);
    expect(await failureOf(here.backup({ verify: "restore" }))).toMatchObject({ code: "42501" });
    await expectUntouched(here, earlier);
  });

  test("the migration tables could not be read", async () => {
    await using here = await stage();
    const earlier = await withTable(here);
    const failed = here.backup({ readHistory: async (connection) => await connection.query("SELECT nonsense") });
    expect(await failureOf(failed)).toMatchObject({ code: "42703" });
    await expectUntouched(here, earlier);
  });
});

describe("a backup is refused before anything is written:", () => {
  test("where the role may not read everything, with the GRANT", async () => {
    await using here = await stage();
    await here.fresh.superuser("CREATE TABLE theirs (id serial); CREATE SCHEMA closed; CREATE TABLE closed.away ()");
    const failure = await failureOf(here.backup());
    expect(failure).toMatchObject({ exit: 2, code: "42501" });
    const grants = [
      "USAGE ON SCHEMA closed",
      "SELECT ON TABLE closed.away",
      "SELECT ON TABLE public.theirs",
      "SELECT ON SEQUENCE public.theirs_id_seq",
    ];
    expect(failure.hint).toContain(grants.map((grant) => `GRANT ${grant} TO "${here.fresh.owner}";`).join(" "));
    expect(await here.files()).toEqual([]);
    await here.fresh.superuser((failure.hint ?? "").split("   ")[0] ?? "");
    expect((await here.backup()).rows).toEqual({ "closed.away": 0, "public.theirs": 0 });
  });

  test("where row security would hide rows", async () => {
    await using here = await stage();
    await here.fresh.superuser(
      `CREATE TABLE theirs (id integer); ALTER TABLE theirs ENABLE ROW LEVEL SECURITY; GRANT SELECT ON theirs TO ${here.fresh.owner}`,
    );
    expect(await failureOf(here.backup())).toMatchObject({
      exit: 2,
      hint: expect.stringContaining(`ALTER ROLE "${here.fresh.owner}" BYPASSRLS`),
    });
  });

  test("where the disk has no room for it", async () => {
    await using disk = await smallDisk("1m");
    await using here = await stage({ directory: join(disk.path, "backups") });
    expect(await failureOf(here.backup())).toMatchObject({
      exit: 2,
      code: "disk-full",
      message: expect.stringContaining("There is no room for the backup: it needs about"),
      hint: expect.stringMatching(/^Free .* there/),
    });
    expect(await here.files()).toEqual([]);
  });

  test("where the folder cannot be made", async () => {
    const folder = await mkdtemp(join(tmpdir(), "savepoint-file-"));
    await writeFile(join(folder, "a file"), "");
    await using here = await stage({ directory: join(folder, "a file", "backups") });
    expect(await failureOf(here.backup())).toMatchObject({ message: expect.stringContaining("a file") });
    await removeFolder(folder);
  });
});

/** Another machine, as far as anybody can tell. */
const host: Machine = { ...machine, name: "a host", local: false };
/** As on a busy one, it shows late how a program ended that read a stream. */
const busy: Machine = {
  ...machine,
  run: async (command) => {
    const finished = await machine.run(command);
    if (typeof command.stdin === "object") await new Promise((done) => setTimeout(done, 3_000));
    return finished;
  },
};

test.each([
  { where: "", toolsOn: machine },
  { where: ", also where the dump comes from another machine", toolsOn: host },
  { where: ", also where pg_dump sees first that nobody reads any more", toolsOn: host, files: busy },
])("a disk that fills up in the middle fails the backup by that name and leaves the earlier one$where", async ({ toolsOn, files }) => {
  await using disk = await smallDisk("4m");
  await using here = await stage({ directory: disk.path, toolsOn, ...(files !== undefined && { files }) });
  // A small backup of this database, by which the room for the next is judged.
  await here.fresh.sql("CREATE TABLE held (id integer)");
  const { system } = (await here.fresh.superuser("SELECT system_identifier::text AS system FROM pg_control_system()"))[0] as {
    system: string;
  };
  const earlier = sound({ startedAt: "2026-01-01T00:00:00Z", database: { ...sound().database, system, name: here.fresh.name } });
  await writeFile(here.store.pathOf(earlier), "x".repeat(earlier.sizeBytes));
  await writeFile(`${here.store.pathOf(earlier)}.json`, formatManifest(earlier));
  await here.fresh.sql("CREATE TABLE big AS SELECT sha512(n::text::bytea) AS bytes FROM generate_series(1, 100000) n");
  expect(await failureOf(here.backup())).toMatchObject({
    code: "disk-full",
    message: expect.stringMatching(/^The disk is full: .* failed/),
    evidence: expect.arrayContaining([expect.stringContaining("No space left")]),
  });
  await expectUntouched(here, earlier);
});

/** A file system of a few megabytes of its own. */
async function smallDisk(size: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "savepoint-disk-"));
  const asRoot = (...words: readonly string[]): Buffer =>
    process.getuid?.() === 0 ? execFileSync("env", words) : execFileSync("sudo", ["-n", ...words]);
  asRoot("mount", "-t", "tmpfs", "-o", `size=${size},mode=0777`, "tmpfs", path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      asRoot("umount", path);
      await removeFolder(path);
    },
  };
}

/** The first dump stays whole, the second loses its end. */
function cutOffSecond({ afterMs = 0 } = {}): (command: Command) => Promise<void> {
  let dumps = 0;
  return async ({ words }) => {
    // Written by pg_dump itself, or through zstd. Newer tools are asked first, by a dump of nothing, whether they know zstd.
    const file = words.find((word) => word.endsWith(".dump.partial"))?.replace("--file=", "");
    if (file === undefined) return;
    dumps += 1;
    if (dumps < 2) return;
    await new Promise((done) => setTimeout(done, afterMs));
    const { size } = await stat(file);
    await truncate(file, Math.floor(size * 0.6));
  };
}
