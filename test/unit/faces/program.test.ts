import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programNote, programWords } from "../../../src/faces/program.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "savepoint-program-"));
  for (const name of ["cli.js", "other.js", "node"]) {
    await writeFile(join(folder, name), "");
    await chmod(join(folder, name), 0o755);
  }
  await symlink(join(folder, "cli.js"), join(folder, "savepoint"));
});
afterAll(async () => await rm(folder, { recursive: true }));

test("a printed command is called `savepoint` only where that is this very program, else by its file", () => {
  const words = (file: string, path: string) => programWords({ env: { PATH: path }, argv: ["/opt/node/bin/node", join(folder, file)] });
  expect(words("cli.js", folder)).toEqual(["savepoint"]);
  expect(words("savepoint", folder)).toEqual(["savepoint"]);
  expect(words("other.js", folder)).toEqual(["node", join(folder, "other.js")]);
  expect(words("cli.js", "/nowhere:.")).toEqual(["/opt/node/bin/node", join(folder, "cli.js")]);
});

test("what npx puts in front of the path is not where a command is pasted", async () => {
  const bin = join(folder, "node_modules", ".bin");
  await mkdir(bin, { recursive: true });
  await symlink(join(folder, "cli.js"), join(bin, "savepoint"));
  const argv = ["/opt/node/bin/node", join(bin, "savepoint")];
  expect(programWords({ env: { PATH: bin, npm_command: "exec" }, argv })).toEqual(["/opt/node/bin/node", join(bin, "savepoint")]);
  expect(programWords({ env: { PATH: bin }, argv })).toEqual(["savepoint"]);
  // It is installed besides.
  expect(programWords({ env: { PATH: `${bin}:${folder}`, npm_command: "exec" }, argv })).toEqual(["savepoint"]);
});

test("where nobody knows what the reader has, it is said once what `savepoint` is", () => {
  expect(
    programNote({ GITHUB_ACTION_REPOSITORY: "acme/savepoint", GITHUB_ACTION_REF: "v1", GITHUB_SERVER_URL: "https://git.example" }),
  ).toBe(
    "`savepoint` is `node dist/cli.js` in a checkout of https://git.example/acme/savepoint at v1, or `node cli.js` of a release. With `--host` it works from every machine that reaches the host; without, only on this runner's machine.",
  );
  expect(programNote({})).toContain("in a checkout of Savepoint's repository, ");
});
