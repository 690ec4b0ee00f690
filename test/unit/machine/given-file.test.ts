import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedSection } from "../../../src/config/shared.ts";
import type { Report } from "../../../src/core/report.ts";
import { Secret } from "../../../src/core/secret.ts";
import { findKnownHosts, findProofs } from "../../../src/machine/ssh/login.ts";

let home: string;
let key: string;
let hosts: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "savepoint-given-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(home, "deploy")]);
  key = readFileSync(join(home, "deploy"), "utf8");
  hosts = `shop.example ${readFileSync(join(home, "deploy.pub"), "utf8")}`;
  writeFileSync(join(home, "hosts"), hosts);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const target = { user: "deploy", host: "shop.example", port: 22 };
const report: Report = {
  step: async (_, body) => await body(),
  say: () => undefined,
  detail: () => undefined,
  notice: () => undefined,
  warning: () => undefined,
  mask: () => undefined,
};
const world = () => ({ terminal: false, home, env: {}, report });

test("a key and the host's keys are given as text, or as the path of a file", async () => {
  const proofs = async (given: string) => (await findProofs({ ...target, key: new Secret(given) }, world())).proofs[0]?.name;
  const named = await proofs(key);
  expect(named).toMatch(/^the ssh-ed25519 key SHA256:/);
  for (const path of [join(home, "deploy"), "~/deploy", `${join(home, "deploy")}\n`]) expect(await proofs(path)).toBe(named);
  const known = await findKnownHosts({ ...target, knownHosts: hosts }, world());
  expect(known.entries).toHaveLength(1);
  for (const path of [join(home, "hosts"), "~/hosts"])
    expect(await findKnownHosts({ ...target, knownHosts: path }, world())).toEqual(known);
});

test.each(["/no/such/file", "~/none", "/etc", "./none"])(
  "a path that names no file to be read is refused by the input's name: %s",
  async (path) => {
    const refused = (input: string) => ({ exit: 2, message: expect.stringContaining(`\`${input}\` names the file ${path}`) as string });
    await expect(findProofs({ ...target, key: new Secret(path) }, world())).rejects.toMatchObject(refused("ssh-key"));
    await expect(findKnownHosts({ ...target, knownHosts: path }, world())).rejects.toMatchObject(refused("ssh-known-hosts"));
  },
);

test("a key's path is no secret, and its text is one, whatever line it begins with", () => {
  const { plainWhen } = sharedSection.inputs["ssh-key"];
  for (const path of ["/run/keys/deploy", "~/.ssh/deploy_key", "./key", "../key"]) expect(plainWhen?.(path)).toBe(true);
  for (const text of [key, key.replaceAll("\n", " "), "b3BlbnNzaC1rZXktdjE", "/a\n-----BEGIN"]) expect(plainWhen?.(text)).toBe(false);
});
