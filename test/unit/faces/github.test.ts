import { join } from "node:path";
import { expect, test } from "vitest";
import { Cancelled, Failure } from "../../../src/core/failure.ts";
import type { Operation } from "../../../src/core/operation.ts";
import { Secret } from "../../../src/core/secret.ts";
import { runAction } from "../../../src/faces/workflow/action.ts";
import { FakeProcess, FakeWorkflow, folder, healthSample, ownSample, probe, sharedSample } from "./sample.ts";

const sections = [sharedSample, ownSample, healthSample];

async function act(operation: Operation, env: Record<string, string> = {}, files: Record<string, string> = {}) {
  await using place = await folder(files);
  const workflow = new FakeWorkflow();
  const process = new FakeProcess({ GITHUB_REPOSITORY: "acme/shop", ...env }, place.path);
  await runAction(operation, { process, workflow, sections });
  return { workflow, process, log: workflow.log.filter((line) => line !== "mask") };
}

test("a good run reads as a story: groups, one headline each, the verdict, outputs and a summary", async () => {
  const { log, workflow, process } = await act(
    probe(async ({ ports, profile, inputs }) => {
      await ports.report.step("Look", async () => {
        ports.report.say("inside");
        await ports.report.step(
          "Closer",
          async () => ports.report.say("deep"),
          () => "sharp",
        );
      });
      return {
        headline: `Looked at ${profile.app}/${profile.environment} for ${inputs.probe.timeout} ms.`,
        outputs: { seen: ["a", "b"], healthy: true, "size-bytes": 12, nothing: undefined },
        blocks: [{ kind: "text", text: "a detail" }],
        ways: [{ command: "savepoint list", means: "Lists." }],
      };
    }),
  );
  expect(log.map((line) => line.replace(/\(\d+ ms\)/, "(time)"))).toEqual([
    "▼ Look",
    "inside",
    "Closer",
    "  deep",
    "✓ Closer: sharp (time)",
    "▲",
    "✓ Look (time)",
    "✓ Looked at shop/production for 120000 ms.",
    "▼ Details",
    "",
    "a detail",
    "▲",
    "",
    "Next command:",
    "  Lists.",
    "     savepoint list",
    expect.stringContaining("`savepoint` is `node dist/cli.js`"),
  ]);
  expect(workflow.outputs).toEqual({ seen: '["a","b"]', healthy: "true", "size-bytes": "12" });
  expect(workflow.page).toMatch(/^## ✓ Looked at shop\/production/);
  expect(process.exitCode).toBeUndefined();
});

test("a command in a warning or a block has what `savepoint` is said below it, and a repository's own button comes before it", async () => {
  const command = "savepoint rollback --environment production --confirm production --reason 'it fails' --host a@b --app shop";
  const note = "`savepoint` is `node dist/cli.js`";
  const said = async (run: Parameters<typeof probe>[0], env: Record<string, string> = {}) => (await act(probe(run), env)).workflow;
  const warned = await said(async ({ ports }) => {
    ports.report.warning(`Bring it back: \`${command}\`.`);
    return {};
  });
  expect(warned.log.filter((line) => line.includes(note))).toHaveLength(1);
  const block = await said(async () => ({ blocks: [{ kind: "text", text: `Bring it back: \`${command}\`` }] }));
  expect(block.log.at(-1)).toContain(note);
  expect(block.page.split("is <code>node dist/cli.js</code>")).toHaveLength(2);
  expect((await said(async () => ({}))).all).not.toContain("node dist/cli.js");

  const fails = async () => await Promise.reject(new Failure("no", { ways: [{ command, means: "Back." }] }));
  const button = await said(fails, { GITHUB_WORKSPACE: join(import.meta.dirname, "..", "..", "..") });
  const below = ({ log }: FakeWorkflow) => log.slice(log.indexOf("  Back."), -2);
  expect(below(button)).toEqual([
    "  Back.",
    "     Actions → Rollback → Run workflow: environment production, reason 'it fails', confirm production",
    "     Or at a terminal:",
    `     ${command}`,
    expect.stringContaining(note),
  ]);
  expect(button.page).toContain("Actions → [Rollback](https://github.com/acme/shop/actions/workflows/rollback.yml) → Run workflow:");
  expect(below(await said(fails))).toEqual(["  Back.", `     ${command}`, expect.stringContaining(note)]);
});

test("what stands under with: wins over SAVEPOINT_*, that over the file, and that over the default", async () => {
  const file = "environments: { production: { app-dir: /file, probe: { timeout: 3s, targets: [x, y] } } }";
  const seen: unknown[] = [];
  const operation = probe(async ({ inputs }) => {
    seen.push([inputs.probe.timeout, inputs.shared["app-dir"], inputs.probe.targets, inputs.probe.command]);
    return {};
  });
  await act(
    operation,
    { INPUT_TIMEOUT: "1s", SAVEPOINT_PROBE_TIMEOUT: "2s", SAVEPOINT_APP_DIR: "/variable", "INPUT_APP-DIR": "" },
    { "savepoint.yml": file },
  );
  expect(seen).toEqual([[1000, "/variable", ["x", "y"], "look"]]);
});

test("all that is wrong with the inputs is said at once, and nothing runs", async () => {
  let ran = false;
  const { log, process } = await act(
    probe(async () => {
      ran = true;
      return {};
    }),
    { INPUT_TIMEOUT: "soon", INPUT_DRYRUN: "true", "INPUT_HEALTH-TIMEOUT": "x" },
    { "savepoint.yml": "environments:\n  production:\n    app-dri: /x\n" },
  );
  expect(ran).toBe(false);
  expect(process.exitCode).toBe(1);
  expect(log[0]).toBe(
    [
      "error(probe): 4 inputs are wrong, and nothing was touched:",
      "- `dryrun` is not an input of probe; did you mean `dry-run`?",
      '- `timeout` is "soon"; it must be a duration such as 90s, 3m, 250ms (a plain number: seconds).',
      '- `health-timeout` is "x"; it must be a duration such as 90s, 3m, 250ms (a plain number: seconds).',
      "- savepoint.yml:3 `app-dri` is not known in `production`; did you mean `app-dir`?",
    ].join("\n"),
  );
});

test("what is wrong in the settings file is shown at its lines", async () => {
  const settings = async (yaml: string) =>
    (
      await act(
        probe(async () => ({})),
        {},
        { "savepoint.yml": yaml },
      )
    ).log;
  expect((await settings("environments:\n  production:\n    app-dri: /x\n"))[0]).toMatch(
    /^error\(probe, savepoint\.yml:3\): savepoint\.yml:3 `app-dri` is not known/,
  );
  const two = await settings("environments:\n  production:\n    app-dri: /x\n    probe:\n      timeout: soon\n");
  expect(two[0]).toMatch(/^error\(probe\): 2 inputs are wrong/);
  expect(two.slice(1, 3)).toEqual([
    expect.stringMatching(/^error\(probe, savepoint\.yml:3\): savepoint\.yml:3 `app-dri` is not known/),
    expect.stringMatching(/^error\(probe, savepoint\.yml:5\): savepoint\.yml:5 `timeout` is "soon"; it must be a duration/),
  ]);
  const many = await settings(`environments:\n  production:\n${Array.from({ length: 30 }, (_, at) => `    odd${at}: 1\n`).join("")}`);
  expect(many.filter((line) => line.startsWith("error("))).toHaveLength(10);
});

test("a line break at the end, as secrets made from files have it, belongs to no value", async () => {
  const seen: unknown[] = [];
  const operation = probe(async ({ inputs }) => {
    seen.push(inputs.shared.app, inputs.shared["ssh-key"], inputs.shared["app-dir"]);
    return {};
  });
  const { log } = await act(operation, {
    INPUT_APP: "shop\n",
    "INPUT_SSH-KEY": "CANARY\r\n",
    "INPUT_APP-DIR": "\n",
    SAVEPOINT_APP_DIR: "/srv\n",
  });
  expect(log.join("\n")).toContain("Looked.");
  expect(seen).toEqual(["shop", "CANARY", "/srv"]);
});

test("a settings file that is none, or may not be read, is refused and no bug", async () => {
  const { log, process } = await act(
    probe(async () => ({})),
    { INPUT_CONFIG: "." },
  );
  expect(process.exitCode).toBe(1);
  expect(log[0]).toMatch(/^error\(probe\): \. cannot be read: EISDIR/);
  expect(log[0]).not.toContain("it is a bug");
});

test("a NUL character, which only a file can hold, is named where it stands", async () => {
  const file = 'environments: { production: { probe: { targets: ["a\\0b"] } } }';
  const { log } = await act(
    probe(async () => ({})),
    {},
    { "savepoint.yml": file },
  );
  expect(log[0]).toContain("`targets` holds a NUL character");
});

test("secrets are masked before anything else, and appear nowhere", async () => {
  const { workflow } = await act(
    probe(async ({ ports, inputs }) => {
      const url = String(inputs.shared["database-url"]);
      ports.report.mask(new Secret("CANARY-LATER_x"));
      ports.report.say(`dialling ${url} with ${encodeURIComponent("CANARY/1")}`);
      ports.report.detail(JSON.stringify(ports.env));
      ports.report.warning("CANARY/1");
      throw new Failure("CANARY%2F1 was refused", {
        evidence: [url, "CANARY-LATER_x"],
        hint: "not CANARY/1",
        state: ["CANARY/1"],
        ways: [{ command: "x CANARY-LATER_x", means: "CANARY-LATER_x" }],
        outputs: { seen: "fine" },
      });
    }),
    {
      "INPUT_DATABASE-URL": "postgres://app:CANARY%2F1@db/app",
      SAVEPOINT_SSH_KEY: "-----BEGIN\nCANARY-LINE\n-----END",
      GITHUB_TOKEN: "CANARY-TOKEN",
    },
  );
  expect(workflow.log[0]).toBe("mask");
  expect(workflow.masked).toEqual(expect.arrayContaining(["CANARY%2F1", "CANARY/1", "CANARY-LINE", "CANARY-LATER_x"]));
  expect(workflow.all).not.toMatch(/CANARY/);
  expect(workflow.outputs).toEqual({ seen: "fine" });
});

test("commands that we start do not inherit our inputs and secrets, nor a git hook's own repository", async () => {
  let seen: readonly string[] = [];
  await act(
    probe(async ({ ports }) => {
      const { stdout } = await ports.here.run({ words: ["env"] });
      seen = stdout.split("\n").map((line) => line.split("=", 1)[0] ?? "");
      return {};
    }),
    {
      "INPUT_DATABASE-URL": "postgres://a:bcd@e/f",
      SAVEPOINT_DATABASE_URL: "postgres://a:bcd@e/f",
      SAVEPOINT_APP_DIR: "/x",
      // As git sets it for its hooks: every git of ours would work on that repository.
      GIT_DIR: "/somebody/elses/.git",
      GIT_CONFIG_COUNT: "0",
      PATH: process.env["PATH"] ?? "",
    },
  );
  expect(seen).toEqual(expect.arrayContaining(["SAVEPOINT_APP_DIR", "GIT_CONFIG_COUNT"]));
  expect(seen.filter((name) => name.startsWith("INPUT_") || ["SAVEPOINT_DATABASE_URL", "GIT_DIR"].includes(name))).toEqual([]);
});

test("a failure says its cause first, then what was seen, how things stand and what to do", async () => {
  const { log, workflow, process } = await act(
    probe(async ({ ports }) => {
      await ports.report.step("Dump", async () => {
        throw new Failure("pg_dump failed (exit 1)", {
          hint: "Free some room.",
          evidence: ["No space left\n::error::x"],
          state: ["database: untouched"],
          ways: [{ command: "savepoint backup", means: "Backs up." }],
          outputs: { healthy: false },
        });
      });
      return {};
    }),
  );
  expect(log.map((line) => line.replace(/\(\d+ ms\)/, "(time)"))).toEqual([
    "▼ Dump",
    "▲",
    "✗ Dump: pg_dump failed (exit 1) (time)",
    "error(probe): pg_dump failed (exit 1).\nFree some room.",
    "",
    "What was seen:",
    "  No space left",
    "  : :error::x",
    "",
    "How things stand:",
    "  database: untouched",
    "",
    "What to do:",
    "  Free some room.",
    "",
    "Next command:",
    "  Backs up.",
    "     savepoint backup",
    expect.stringContaining("`savepoint` is `node dist/cli.js`"),
    "Code unexpected: https://github.com/OWNER/savepoint/blob/HEAD/docs/troubleshooting.md#unexpected",
    expect.stringMatching(/^debug: Failure: pg_dump failed/),
  ]);
  expect(workflow.outputs).toEqual({ healthy: "false" });
  expect(workflow.page).toMatch(/^## ✗ probe: pg\\_dump failed/);
  expect(process.exitCode).toBe(1);
});

test("an unexpected error says that it is a bug, with its stack in the debug log only", async () => {
  const { log, process } = await act(
    probe(async () => {
      throw new TypeError("x is not a function");
    }),
  );
  expect(log[0]).toMatch(/^error\(probe\): X is not a function\.\nSavepoint did not expect this/);
  expect(log.filter((line) => line.includes("    at ")).every((line) => line.startsWith("debug: "))).toBe(true);
  expect(process.exitCode).toBe(1);
});

test.each(["SIGINT", "SIGTERM"])("%s asks the operation to stop; the step ends red and no listener stays", async (signal) => {
  await using place = await folder();
  const workflow = new FakeWorkflow();
  const process = new FakeProcess({}, place.path);
  await runAction(
    probe(async ({ ports }) => {
      await ports.report.step("Wait", async () => {
        const sleeping = ports.clock.sleep(60_000, ports.signal);
        process.emit(signal);
        process.emit("SIGTERM");
        await sleeping;
      });
      return {};
    }),
    { process, workflow, sections },
  );
  expect(workflow.log).toContain(`${signal}: stopping safely.`);
  expect(workflow.log.some((line) => line.startsWith("⏹ Wait: cancelled"))).toBe(true);
  expect(workflow.log).toContain("⏹ Cancelled.");
  expect(process.exitCode).toBe(1);
  expect(process.listenerCount(signal)).toBe(0);
});

test("an error that nobody awaited stops the operation and is what it ended with", async () => {
  await using place = await folder();
  const workflow = new FakeWorkflow();
  const process = new FakeProcess({ SAVEPOINT_SSH_KEY: "CANARY" }, place.path);
  const operation = probe(async ({ ports }) => {
    const sleeping = ports.clock.sleep(60_000, ports.signal);
    process.emit("uncaughtException", new Error("the heartbeat broke with CANARY"));
    await sleeping;
    return {};
  });
  await runAction(operation, { process, workflow, sections });
  expect(workflow.all).toContain("error(probe): The heartbeat broke with ***.\nSavepoint did not expect this");
  expect(workflow.all).not.toContain("CANARY");
  expect(process.exitCode).toBe(1);
  expect(process.listenerCount("uncaughtException")).toBe(0);
});

test("a cancelled operation may say where it stands", async () => {
  const { log } = await act(
    probe(async () => {
      throw new Cancelled("Cancelled after the backup; nothing else was changed.");
    }),
  );
  expect(log[0]).toBe("⏹ Cancelled after the backup; nothing else was changed.");
});

test("annotations stay within the runner's limits, and none is lost", async () => {
  const { log } = await act(
    probe(async ({ ports }) => {
      for (let index = 0; index < 12; index += 1) ports.report.warning(`w${index} ${"x".repeat(5000)}`);
      return {};
    }),
  );
  expect(log.filter((line) => line.startsWith("warning: "))).toHaveLength(9);
  expect(log.filter((line) => line.startsWith("Warning: w"))).toHaveLength(3);
  expect(log.every((line) => line.startsWith("Warning: ") || line.length < 4096)).toBe(true);
});

test("outputs that cannot be set make the step red; a summary that cannot be written does not", async () => {
  await using place = await folder();
  const broken = new FakeWorkflow();
  broken.output = () => {
    throw new Error("Missing file at path: /gone");
  };
  const process = new FakeProcess({}, place.path);
  await runAction(
    probe(async () => ({ outputs: { seen: "x" } })),
    { process, workflow: broken, sections },
  );
  expect(process.exitCode).toBe(1);
  expect(broken.all).toContain("outputs could not be set, although its work is done");

  const pageless = new FakeWorkflow();
  pageless.summary = async () => await Promise.reject(new Error("read-only"));
  const second = new FakeProcess({}, place.path);
  await runAction(
    probe(async () => ({ outputs: { seen: "x" } })),
    { process: second, workflow: pageless, sections },
  );
  expect(second.exitCode).toBeUndefined();
  expect(pageless.log.at(-1)).toBe("warning: The summary could not be written: read-only");
});

test("a variable that looks like a slip is a warning, not an error", async () => {
  const { log, process } = await act(
    probe(async () => ({})),
    { SAVEPOINT_PROBE_TIMOUT: "3s", SAVEPOINT_RUN: "me", SAVEPOINT_UNRELATED_THING: "x" },
  );
  expect(log.filter((line) => line.startsWith("warning"))).toEqual([
    "warning: SAVEPOINT_PROBE_TIMOUT is not a setting and is not read; did you mean SAVEPOINT_PROBE_TIMEOUT?",
  ]);
  expect(process.exitCode).toBeUndefined();
});
