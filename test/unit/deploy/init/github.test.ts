import { expect, test } from "vitest";
import type { Finished, Machine } from "../../../../src/core/machine.ts";
import { githubTodos } from "../../../../src/deploy/init/github.ts";

/** `gh` ends so, whatever it is asked. */
function ending(end: Pick<Finished, "code"> & { readonly stderr?: string }): Machine {
  const run = async (): Promise<Finished> => await Promise.resolve({ signal: null, stdout: "", stderr: "", durationMs: 1, ...end });
  return { run, name: "here" } as unknown as Machine;
}

const look = async (here: Machine) =>
  await githubTodos({
    here,
    repository: "acme/shop",
    environment: "production",
    branch: "main",
    host: { host: "shop.example", user: "deploy", port: 22 },
    knownHosts: "shop.example ssh-ed25519 AAAA",
    keyFile: "/home/ada/key",
    backup: false,
    doctor: false,
  });

test.each([
  ["it is not installed", { code: 127 }],
  ["nobody is logged in", { code: 4, stderr: "To get started with GitHub CLI, please run:  gh auth login" }],
  ["GitHub has no such environment", { code: 1, stderr: "gh: Not Found (HTTP 404)" }],
  ["GitHub does not show it", { code: 1, stderr: "gh: Resource not accessible by personal access token (HTTP 403)" }],
])("where gh says that %s, the environment is to be made", async (_, end) => {
  const [todo] = await look(ending(end));
  expect(todo?.ways[0]?.command).toMatch(/^gh api --method PUT repos\/acme\/shop\/environments\/production /);
});

test.each([
  ["GitHub fails", { code: 1, stderr: "gh: Bad Gateway (HTTP 502)" }],
  ["the network is away", { code: 1, stderr: "error connecting to api.github.com\ncheck your internet connection" }],
  ["it was ended", { code: null }],
])("where %s, nothing is taken for missing: to make it anew would take its rules away", async (_, end) => {
  await expect(look(ending(end))).rejects.toMatchObject({ code: "tool-failed", hint: "Run the same command again." });
});
