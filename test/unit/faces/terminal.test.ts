import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Cancelled, Failure, refusal } from "../../../src/core/failure.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { runTerminal } from "../../../src/faces/terminal/terminal.ts";
import { FakeProcess, folder, healthSample, ownSample, probe, sharedSample } from "./sample.ts";

const execute = promisify(execFile);

type Body = Parameters<typeof probe>[0];

async function run(words: readonly string[], body: Body = async () => ({}), env: Record<string, string> = {}) {
  await using place = await folder();
  const process = new FakeProcess({ PATH: globalThis.process.env["PATH"], ...env }, place.path);
  await runTerminal(words, {
    process,
    operations: { probe: async () => probe(body) },
    sections: [sharedSample, ownSample, healthSample],
    version: "1.2.3",
  });
  return { code: process.exitCode, out: process.stdout.text, err: process.stderr.text, process };
}

/** Runs and returns what the operation was called with. */
async function given(words: readonly string[], env: Record<string, string> = {}) {
  let seen: Parameters<Body>[0]["inputs"] | undefined;
  const result = await run(words, async ({ inputs }) => ((seen = inputs), {}), env);
  return { ...result, seen };
}

test("flags are read with a space, with an equals sign, and bare for true", async () => {
  const { seen } = await given(["probe", "--timeout", "3s", "--app-dir=/srv/a=b", "--health-timeout=1s", "--dry-run", "--targets", "a\nb"]);
  expect(seen?.probe.timeout).toBe(3000);
  expect(seen?.shared["app-dir"]).toBe("/srv/a=b");
  expect(seen?.health.timeout).toBe(1000);
  expect(seen?.shared["dry-run"]).toBe(true);
  expect(seen?.probe.targets).toEqual(["a", "b"]);
  expect((await given(["probe", "--dry-run", "false"])).seen?.shared["dry-run"]).toBe(false);
});

test("words without a flag fill the operation's own places, the last one to the end", async () => {
  const { seen } = await given(["probe", "new", "add", "users", "--timeout", "1s", "table"]);
  expect(seen?.probe.command).toBe("new");
  expect(seen?.probe.description).toBe("add users table");
  expect((await given(["probe", "--", "new", "--odd"])).seen?.probe.description).toBe("--odd");
});

test("unknown, doubled and empty flags are all said at once, with the nearest", async () => {
  const { code, err } = await run(["probe", "--timout", "3s", "--app-dir", "/a", "--app-dir", "/b", "-x", "--health-timeout"]);
  expect(code).toBe(2);
  expect(err).toContain("4 inputs are wrong, and nothing was touched:");
  expect(err).toContain("- --timout is not a flag of probe; did you mean --timeout?");
  expect(err).toContain("- --app-dir is given twice");
  expect(err).toContain("- --health-timeout needs a value");
  expect(err).toContain("- -x is not known");
});

test("an operation that is none is told with all that there are, completion too", async () => {
  expect((await run(["wombats"])).err).toContain("There are: probe, completion, help.");
  expect((await run(["completon"])).err).toContain("Did you mean `savepoint completion`?");
  // A word that stands behind another one is no slip.
  expect((await run(["look"])).err).toContain("Did you mean `savepoint probe look`?");
});

test("how completion is asked for is told, too", async () => {
  const { code, out, err } = await run(["completion", "--help"]);
  expect([code, err]).toEqual([undefined, ""]);
  expect(out).toContain("Usage: savepoint completion bash|zsh|fish");
  expect((await run(["help", "completion"])).out).toBe(out);
});

test("a secret by flag is refused without being repeated; a reference is no secret", async () => {
  const { code, err, out } = await run(["probe", "--database-url", "postgres://a:CANARY@b/c", "--ssh-key=CANARY"]);
  expect(code).toBe(2);
  expect(err).toContain("--database-url is a secret, and flags are seen by others: set SAVEPOINT_DATABASE_URL instead.");
  expect(err).toContain("set SAVEPOINT_SSH_KEY instead");
  expect(err + out).not.toContain("CANARY");
  expect((await given(["probe", "--database-url", "env:DATABASE_URL"])).seen?.shared["database-url"]).toBe("env:DATABASE_URL");
});

test.each([
  ["done", async () => ({}), 0],
  ["done, and what was found needs a person", async () => ({ exit: 3 as const }), 3],
  ["a failure that left everything as before", async () => await Promise.reject(new Failure("no")), 1],
  ["a refusal", async () => await Promise.reject(refusal("no")), 2],
  ["a failure that needs a person", async () => await Promise.reject(new Failure("no", { exit: 3 })), 3],
  ["a bug, which may have left anything", async () => await Promise.reject(new TypeError("no")), 3],
  ["cancelled", async () => await Promise.reject(new Cancelled()), 130],
] as const)("the exit code tells: %s", async (_, body: () => Promise<Partial<Outcome>>, code) => {
  expect((await run(["probe"], body)).code).toBe(code);
});

test("with --json, the result alone is on standard output, and the story on standard error", async () => {
  const good = await run(["probe", "--json"], async ({ ports }) => {
    await ports.report.step("Look", async () => undefined);
    return { outputs: { seen: ["a"] }, headline: "Looked.", details: { deep: 1 }, ways: [{ command: "more", means: "Goes on." }] };
  });
  expect(JSON.parse(good.out)).toEqual({
    operation: "probe",
    result: "done",
    exit: 0,
    headline: "Looked.",
    outputs: { seen: ["a"] },
    next: "more",
    ways: [{ command: "more", means: "Goes on." }],
    details: { deep: 1 },
  });
  expect(good.err).toContain("✓ Look");
  const bad = await run(
    ["probe", "--json"],
    async () =>
      await Promise.reject(new Failure("no", { exit: 3, hint: "H.", outputs: { seen: "x" }, ways: [{ command: "n", means: "m" }] })),
  );
  expect(JSON.parse(bad.out)).toEqual({
    operation: "probe",
    result: "failed",
    code: "unexpected",
    exit: 3,
    message: "No.",
    hint: "H.",
    evidence: [],
    state: [],
    next: "n",
    ways: [{ command: "n", means: "m" }],
    outputs: { seen: "x" },
  });
});

test("secrets from variables appear neither in the story nor in the result, also with --debug", async () => {
  const { out, err } = await run(
    ["probe", "--json", "--debug"],
    async ({ ports, inputs }) => {
      ports.report.detail(String(inputs.shared["database-url"]));
      return { headline: "CANARY", outputs: { seen: "CANARY" }, details: { deep: ["CANARY"] } };
    },
    { SAVEPOINT_DATABASE_URL: "postgres://a:CANARY@b/c" },
  );
  expect(out + err).not.toContain("CANARY");
  expect(err).toContain("[debug] ***");
});

test("without --json, details are printed only on --debug", async () => {
  const body: Body = async ({ ports }) => (ports.report.detail("fine print"), {});
  expect((await run(["probe"], body)).out).not.toContain("fine print");
  expect((await run(["probe", "--debug"], body)).out).toContain("fine print");
});

test("help is made from the declarations", async () => {
  const all = await run(["--help"]);
  expect(all).toMatchObject({ code: undefined, err: "" });
  expect(all.out).toMatch(/^ +probe +Looks at things\.$/m);
  const one = (await run(["probe", "--help"])).out;
  expect(one).toContain("Usage: savepoint probe [command] [description …] [--flag value …]");
  expect(one).toContain("[--flag value …]\n\nE.g. savepoint probe --command look\nIt only looks.\n\nIts own:");
  expect(one).toMatch(/--timeout VALUE +How long\. Default: 2m\./);
  expect(one).toMatch(/--command VALUE +What to do\. One of look, new\. Default: look\./);
  expect(one).toMatch(/SAVEPOINT_DATABASE_URL +The database\./);
  expect(one).not.toContain("--ssh-key");
  expect((await run(["help", "probe"])).out).toBe(one);
  expect((await run(["--version"])).out).toBe("1.2.3\n");
});

test("an unknown operation names the nearest", async () => {
  expect(await run(["prob"])).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean `savepoint probe`?") });
  expect(await run(["--jsn", "probe"])).toMatchObject({ code: 2, err: expect.stringContaining("The operation comes first") });
});

test("colour is for terminals only, and not with NO_COLOR", async () => {
  const place = await folder();
  const coloured = async (isTTY: boolean, env: Record<string, string>) => {
    const process = new FakeProcess(env, place.path);
    process.stdout.isTTY = isTTY;
    await runTerminal(["probe"], { process, operations: { probe: async () => probe(async () => ({})) }, sections: [], version: "" });
    return process.stdout.text.includes("\u001B[");
  };
  expect(await coloured(true, {})).toBe(true);
  expect(await coloured(true, { NO_COLOR: "1" })).toBe(false);
  expect(await coloured(false, {})).toBe(false);
  await place[Symbol.asyncDispose]();
});

test("Ctrl-C stops safely, and a second one leaves at once", async () => {
  await using place = await folder();
  const process = new FakeProcess({}, place.path);
  const operation = probe(async ({ ports }) => {
    process.emit("SIGINT");
    expect(process.left).toEqual([]);
    process.emit("SIGINT");
    await ports.clock.sleep(60_000, ports.signal);
    return {};
  });
  await runTerminal(["probe"], { process, operations: { probe: async () => operation }, sections: [], version: "" });
  expect(process.left).toEqual([130]);
  expect(process.exitCode).toBe(130);
});

test("the app is the repository's name, from its origin or its folder", async () => {
  await using place = await folder();
  const git = async (...words: string[]) => {
    await execute("git", words, { cwd: place.path });
  };
  const app = async () => {
    const process = new FakeProcess({ PATH: globalThis.process.env["PATH"] }, place.path);
    let seen: string | undefined;
    await runTerminal(["probe"], {
      process,
      operations: { probe: async () => probe(async ({ profile }) => ((seen = profile.app), {})) },
      sections: [],
      version: "",
    });
    return seen;
  };
  expect(await app()).toBeUndefined();
  await git("init", "--quiet");
  expect(await app()).toBe(place.path.split("/").at(-1));
  await git("remote", "add", "origin", "git@github.example:acme/shop.git");
  expect(await app()).toBe("shop");
});
