import { expect, test } from "vitest";
import { Failure, refusal } from "../../../src/core/failure.ts";
import { operation } from "../../../src/core/operation.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { runTerminal } from "../../../src/faces/terminal/terminal.ts";
import { FakeProcess, folder, sharedSample } from "./sample.ts";

const ONE = "app: shop\nenvironments:\n  staging: { app-dir: /srv/shop }\n";
const TWO = `${ONE}  production: { app-dir: /srv/shop }\n`;

/** `savepoint` without a word, in a folder with this `savepoint.yml`. */
async function bare(
  settings: string | undefined,
  body: () => Promise<Partial<Outcome>> = async () => ({}),
  env: Record<string, string> = {},
) {
  await using place = await folder(settings === undefined ? {} : { "savepoint.yml": settings });
  const process = new FakeProcess({ PATH: globalThis.process.env["PATH"], ...env }, place.path);
  const asked: string[] = [];
  const status = operation({
    name: "status",
    description: "Says where it stands.",
    sections: { shared: sharedSample },
    own: undefined,
    outputs: {},
    run: async ({ profile }) => {
      asked.push(profile.environment);
      return { outputs: {}, headline: "It stands.", blocks: [], ...(await body()) };
    },
  });
  await runTerminal([], { process, operations: { status: async () => status }, sections: [sharedSample], version: "1.2.3" });
  return { code: process.exitCode, out: process.stdout.text, err: process.stderr.text, asked };
}

test("without a word, a checkout that is set up says where its environment stands, and what one would do next", async () => {
  const { asked, out, code } = await bare(ONE);
  expect(asked).toEqual(["staging"]);
  expect(code).toBe(0);
  expect(out).toContain("✓ It stands.");
  for (const command of ["deploy --dry-run", "list", "help"])
    expect(out).toMatch(new RegExp(`^ {2}node /nowhere/cli.js ${command} {2}# `, "m"));
});

test("what status itself says is to be done stands alone, and its exit code counts", async () => {
  const ways = [{ command: "savepoint rollback", means: "Takes it back." }];
  const { out, code } = await bare(ONE, async () => ({ ways, exit: 3 }));
  expect(code).toBe(3);
  expect(out).toContain("savepoint rollback");
  expect(out).not.toContain("--dry-run");
});

test("with several environments it asks none, and says how each is asked about, unless one is said", async () => {
  const { asked, out, code } = await bare(TWO);
  expect([asked, code]).toEqual([[], 0]);
  for (const name of ["staging", "production"])
    expect(out).toContain(`node /nowhere/cli.js status --environment ${name}  # where ${name} stands\n`);
  expect((await bare(TWO, async () => ({}), { SAVEPOINT_ENVIRONMENT: "production" })).asked).toEqual(["production"]);
});

test("before the first deploy it leads to the doctor; a host that is away is a failure as ever", async () => {
  const first = await bare(ONE, async () => await Promise.reject(refusal("There is no journal.", { code: "no-state" })));
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/Nothing was deployed yet[^]*There is no journal\.[^]*\n {2}node \/nowhere\/cli\.js doctor {2}# /);
  const away = await bare(ONE, async () => await Promise.reject(new Failure("The host is away.", { code: "unreachable" })));
  expect(away).toMatchObject({ code: 1, err: expect.stringContaining("The host is away.") });
  const wrong = await bare("environments: 3\n");
  expect(wrong).toMatchObject({ code: 2, asked: [] });
});

test("elsewhere it leads to init, in few lines, by what works there", async () => {
  const { asked, out, code } = await bare(undefined);
  expect([asked, code]).toEqual([[], undefined]);
  expect(out).toMatch(/^ {2}node \/nowhere\/cli\.js init$/m);
  expect(out.split("\n").length).toBeLessThan(14);
});
