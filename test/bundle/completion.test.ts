import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shownFlags } from "../../src/faces/terminal/flags.ts";
import { openAll } from "../../src/core/operation.ts";
import { operations as callable } from "../../src/operations.ts";
import { CLI, COMPILED, NODE } from "../lab/program.ts";
import { openTmux } from "../lab/tmux.ts";

const operations = await openAll(callable);

const execute = promisify(execFile);
const SHELLS = ["bash", "zsh", "fish"] as const;
/** Two environments, one that is no plain word, and a key below them that is none. */
const SETTINGS = `app: shop
environments:
    # The one that counts.
    production:
        host: deploy@shop.example
        health: { url: http://localhost/health }
    staging: { host: deploy@staging.shop.example }
    $(touch hacked): { host: x }
other: 1
`;

let place = "";
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "savepoint-completion-"));
  await writeFile(join(place, "savepoint.yml"), SETTINGS);
  for (const shell of SHELLS) {
    const { stdout } = await execute(NODE, [CLI, "completion", shell], { cwd: place, env: { PATH: process.env["PATH"], ...COMPILED } });
    await writeFile(join(place, `completion.${shell}`), stdout);
  }
});
afterAll(async () => await rm(place, { recursive: true, force: true }));

/** How each shell is begun without anybody's settings, and taught. */
const BEGIN: Readonly<Record<(typeof SHELLS)[number], { readonly shell: readonly string[]; readonly taught: string }>> = {
  bash: { shell: ["bash", "--norc"], taught: "source completion.bash" },
  zsh: { shell: ["zsh", "-f"], taught: "PROMPT='$ '; autoload -U compinit && compinit -u -d zdump && source completion.zsh" },
  fish: { shell: ["fish", "--no-config"], taught: "function fish_prompt; echo '$ '; end; source completion.fish" },
};

test.each(SHELLS)("in %s, the tabulator finishes commands, flags, environments and choices", async (name) => {
  const { shell, taught } = BEGIN[name];
  await using terminal = await openTmux({ cwd: place, shell, columns: 120 });
  const line = async (text: RegExp) => await expect.poll(async () => await terminal.seen()).toMatch(text);
  await line(/[$%#>] *$/m);
  await terminal.type(`${taught}; echo tau''ght`, "Enter");
  await line(/^taught$/m);
  await terminal.type("clear", "Enter");
  await terminal.type("savepoint roll", "o", "Tab");
  await line(/savepoint rollout *$/m);
  await terminal.type("--envir", "Tab");
  // zsh goes on with an equals sign, the others with a space.
  await line(/savepoint rollout --environment=? *$/m);
  await terminal.type("stag", "Tab");
  await line(/savepoint rollout --environment[ =]staging/);
  await terminal.type("--transp", "Tab");
  await line(/staging +--transport=? *$/m);
  await terminal.type("pu", "Tab");
  await line(/--transport[ =]push/);
  await terminal.type("C-u", "C-l");
  // What may be meant is listed; what is no plain word is no name.
  await terminal.type("savepoint status --environment ", "Tab", "Tab");
  await line(/production +staging|production[^]*staging/);
  expect(await terminal.seen()).not.toContain("touch");
  await terminal.type("C-u", "C-l");
  await terminal.type("savepoint migrate n", "Tab");
  await line(/savepoint migrate new/);
  await terminal.type("C-u", "C-l");
  await terminal.type("savepoint migrate pl", "Tab");
  await line(/savepoint migrate plan/);
  expect(await readdir(place)).not.toContain("hacked");
});

test("bash offers every flag of every command but its secrets", async () => {
  const words = operations.map(({ name }) => `'${name}'`).join(" ");
  const script = `source completion.bash
for command in ${words}; do
  COMP_WORDS=(savepoint $command --); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _savepoint
  echo "$command:\${COMPREPLY[*]}"
done`;
  const { stdout } = await execute("bash", ["--norc", "-c", script], { cwd: place });
  const everywhere = ["json", "quiet", "verbose", "help"];
  const expected = operations.map((operation) => {
    const own = shownFlags(operation).filter(({ spec }) => !spec.secret || spec.plainWhen !== undefined);
    return `${operation.name}:${[...own.map(({ name }) => name), ...everywhere].map((name) => `--${name}`).join(" ")}`;
  });
  expect(stdout.trim().split("\n")).toEqual(expected);
  expect(stdout).not.toContain("--ssh-passphrase");
});

test("fish says beside each command what it does", async () => {
  const { stdout } = await execute("fish", ["--no-config", "-c", "source completion.fish; complete -C 'savepoint roll'"], { cwd: place });
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]),
  ).toEqual(["rollback", "rollout"]);
  expect(stdout).toContain("\tTakes code and database back");
});

test("a shell that is not known is refused with those that are", async () => {
  const ended = execute(NODE, [CLI, "completion", "tcsh"], { cwd: place, env: { PATH: process.env["PATH"] } });
  await expect(ended).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("Give one of bash, zsh, fish.") });
});
