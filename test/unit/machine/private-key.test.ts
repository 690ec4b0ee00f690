import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../../../src/core/secret.ts";
import { readPrivateKey } from "../../../src/machine/ssh/private-key.ts";

let folder: string;
const made: Record<string, string> = {};

/** Keys as people have them, made by OpenSSH itself. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "savepoint-keys-"));
  const make = (name: string, ...options: string[]) => {
    execFileSync("ssh-keygen", ["-q", "-f", join(folder, name), ...options]);
    made[name] = readFileSync(join(folder, name), "utf8");
    made[`${name}.pub`] = readFileSync(join(folder, `${name}.pub`), "utf8");
  };
  make("ed25519", "-t", "ed25519", "-N", "");
  make("ed25519-locked", "-t", "ed25519", "-N", "open sesame");
  make("rsa", "-t", "rsa", "-b", "2048", "-N", "");
  make("rsa-pem", "-t", "rsa", "-b", "2048", "-N", "", "-m", "PEM");
  make("rsa-pem-locked", "-t", "rsa", "-b", "2048", "-N", "open sesame", "-m", "PEM");
  make("ecdsa", "-t", "ecdsa", "-N", "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const passphrase = new Secret("open sesame");

test.each(["ed25519", "rsa", "rsa-pem", "ecdsa"])("a plain %s key is read", (name) => {
  expect(readPrivateKey(new Secret(made[name] ?? ""), undefined).isPrivateKey()).toBe(true);
});

test.each(["ed25519-locked", "rsa-pem-locked"])("%s opens with its passphrase only", (name) => {
  const key = new Secret(made[name] ?? "");
  expect(readPrivateKey(key, passphrase).isPrivateKey()).toBe(true);
  expect(() => readPrivateKey(key, undefined)).toThrow(expect.objectContaining({ code: "key-encrypted", exit: 2 }));
  expect(() => readPrivateKey(key, new Secret("wrong"))).toThrow(expect.objectContaining({ code: "bad-passphrase", exit: 2 }));
});

test("a passphrase for a key that needs none is no problem", () => {
  expect(readPrivateKey(new Secret(made["ed25519"] ?? ""), passphrase).isPrivateKey()).toBe(true);
});

test.each([
  ["with CRLF", (key: string) => key.replaceAll("\n", "\r\n")],
  ["without the last line break", (key: string) => key.trimEnd()],
  ["with spaces around", (key: string) => `\n  ${key}\n\n`],
  ["indented, as YAML may leave it", (key: string) => key.replaceAll(/^/gm, "  ")],
  ["on one line, with \\n spelled out", (key: string) => key.replaceAll("\n", String.raw`\n`)],
  ["on one line, with spaces for line breaks", (key: string) => key.trimEnd().replaceAll("\n", " ")],
  ["on one line, with nothing for line breaks", (key: string) => key.replaceAll("\n", "")],
  ["with a byte order mark", (key: string) => `\u{feff}${key}`],
])("a key pasted %s is read", (_name, paste) => {
  expect(readPrivateKey(new Secret(paste(made["ed25519"] ?? "")), undefined).isPrivateKey()).toBe(true);
});

test.each([
  ["the public key", () => made["ed25519.pub"] ?? "", "key-public"],
  ["nothing", () => "", "key-malformed"],
  ["some text", () => "my key", "key-malformed"],
  ["a key cut off at the end", () => (made["ed25519"] ?? "").slice(0, 200), "key-malformed"],
  ["a key cut off in the middle", () => (made["ed25519"] ?? "").split("\n").toSpliced(2, 2).join("\n"), "key-malformed"],
  ["a certificate", () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "key-malformed"],
])("%s instead of a private key is refused", (_name, text, code) => {
  expect(() => readPrivateKey(new Secret(text()), undefined)).toThrow(expect.objectContaining({ code, exit: 2 }));
});

test("no refusal repeats the key", () => {
  const text = (made["ed25519"] ?? "").split("\n").toSpliced(2, 2).join("\n");
  try {
    readPrivateKey(new Secret(text), passphrase);
    expect.unreachable();
  } catch (error) {
    expect(JSON.stringify(error) + String(error) + (error as Error).stack).not.toContain(text.split("\n")[1]);
  }
});
