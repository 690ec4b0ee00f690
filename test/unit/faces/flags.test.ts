import { expect, test } from "vitest";
import { readFlags } from "../../../src/faces/terminal/flags.ts";
import { runTerminal } from "../../../src/faces/terminal/terminal.ts";
import { FakeProcess, folder, healthSample, ownSample, probe, sharedSample } from "./sample.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIBCANARYcanaryCANARYcanary\n-----END CERTIFICATE-----";

const operation = probe(async () => ({}));
const read = (...words: readonly string[]) => {
  const { given, problems } = readFlags(operation, words);
  return { raw: given.raw, said: problems.map((one) => `${one.input} ${one.message}`) };
};

test.each([
  ["a PEM", PEM],
  ["a negative number", "-1"],
  ["a lone dash", "-"],
  ["two dashes", "--"],
  ["what looks like a flag of another program", "--inspect=0"],
  ["text of several lines", "--\n--"],
])("a value that begins with dashes is a value where the flag needs one: %s", (_, value) => {
  expect(read("--app-dir", value)).toEqual({ raw: { "": { "app-dir": value } }, said: [] });
  expect(read(`--app-dir=${value}`)).toEqual({ raw: { "": { "app-dir": value } }, said: [] });
});

test.each([["--dry-run"], ["--targets"], ["--timeout=3s"], ["--json"], ["--timout"]])(
  "what is a flag of the operation, or nearly one, is no value: %s",
  (flag) => {
    expect(read("--app-dir", flag).said).toContain("--app-dir needs a value: --app-dir VALUE (or --app-dir=VALUE where it begins with --)");
  },
);

test("a PEM that the shell cut into words is one problem, with the way to give it, and none of its words is told", () => {
  const words = PEM.split(/\s/);
  const { raw, said } = read("--app-dir", ...words, "--timeout", "3s");
  expect(said).toEqual(["--app-dir came as 5 words: put it in quotes, or give the file's path"]);
  expect(raw).toEqual({ probe: { timeout: "3s" } });
});

async function told(...words: readonly string[]): Promise<string> {
  await using place = await folder();
  const process = new FakeProcess({ PATH: globalThis.process.env["PATH"] }, place.path);
  await runTerminal(words, {
    process,
    operations: { [operation.name]: async () => operation },
    sections: [sharedSample, ownSample, healthSample],
    version: "1",
  });
  expect(process.exitCode).toBe(2);
  return process.stdout.text + process.stderr.text;
}

test.each([
  ["a PEM without its flag", ["probe", PEM]],
  ["the same, cut into words by the shell", ["probe", ...PEM.split(/\s/)]],
  ["a PEM as the value of a flag that is a secret", ["probe", "--ssh-key", PEM]],
  ["the same, cut into words by the shell", ["probe", "--ssh-key", ...PEM.split(/\s/)]],
  ["a PEM for a flag that there is not", ["probe", "--tls-caa", PEM]],
  ["a password for a flag that there is not", ["probe", "--password", "CANARY"]],
  ["the same, with an equals sign", ["probe", "--password=CANARY"]],
  ["a PEM where a duration is expected", ["probe", "--timeout", PEM]],
  ["a URL with a password, where no word is expected", ["probe", "new", "x", "--targets", "a", "--odd", "postgres://a:CANARY@b/c"]],
  ["a PEM in place of the operation", [PEM]],
  ["a key's line in place of the operation", ["MIIBCANARYcanaryCANARYcanary".repeat(3)]],
])("what could be a secret is never printed: %s", async (_, words) => {
  expect(await told(...words)).not.toMatch(/CANARY/i);
});

test("a word that is plainly none is still said, so that the slip is seen", async () => {
  expect(await told("prob")).toContain('"prob"');
  expect(await told("probe", "--dryrun", "--timeout", "soon")).toContain('is "soon"');
});
