import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { fingerprintOf, judgeHostKey, knownTypes, parseKnownHosts } from "../../../src/machine/ssh/known-hosts.ts";

/** A public key in SSH's encoding: its type, then bytes that look like one. */
function key(type: string, seed: string): Buffer {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return Buffer.concat([field(Buffer.from(type)), field(createHash("sha256").update(seed).digest())]);
}

const good = key("ssh-ed25519", "good");
const other = key("ssh-ed25519", "other");
const rsa = key("ssh-rsa", "rsa");
const line = (hosts: string, of: Buffer, marker = "") =>
  `${marker}${hosts} ${of === rsa ? "ssh-rsa" : "ssh-ed25519"} ${of.toString("base64")}`;

function hashed(name: string): string {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

const shop = { host: "shop.example", port: 22 };
const shop2222 = { host: "shop.example", port: 2222 };

test.each([
  ["a plain name", line("shop.example", good), shop, "known"],
  ["a comment behind the key", `${line("shop.example", good)} added by hand`, shop, "known"],
  ["tabs between the parts", line("shop.example", good).replaceAll(" ", "\t"), shop, "known"],
  ["CRLF and comments around", `# keys\r\n\r\n${line("shop.example", good)}\r\n`, shop, "known"],
  ["a byte order mark", `\u{feff}${line("shop.example", good)}`, shop, "known"],
  ["line breaks spelled out", String.raw`${line("shop.example", rsa)}\n${line("shop.example", good)}\n`, shop, "known"],
  ["CRLF spelled out", String.raw`${line("shop.example", good)}\r\n`, shop, "known"],
  ["another case", line("Shop.Example", good), { host: "SHOP.example", port: 22 }, "known"],
  ["one of several names", line("10.0.0.1,shop.example", good), shop, "known"],
  ["several keys of a type", `${line("shop.example", other)}\n${line("shop.example", good)}`, shop, "known"],
  ["a hashed name", line(hashed("shop.example"), good), shop, "known"],
  ["a hashed name with port", line(hashed("[shop.example]:2222"), good), shop2222, "known"],
  ["the hash of another name", line(hashed("shop.test"), good), shop, "unknown"],
  ["a broken hash", line("|1|abc", good), shop, "unknown"],
  ["a port", line("[shop.example]:2222", good), shop2222, "known"],
  ["another port", line("[shop.example]:2223", good), shop2222, "unknown"],
  ["a port, asked without", line("[shop.example]:2222", good), shop, "unknown"],
  ["no port vouches for any", line("shop.example", good), shop2222, "known"],
  ["no port never speaks against one", line("shop.example", other), shop2222, "unknown"],
  ["the port's own line speaks against", `${line("shop.example", good)}\n${line("[shop.example]:2222", other)}`, shop2222, "changed"],
  ["an IPv6 address", line("::1", good), { host: "::1", port: 22 }, "known"],
  ["an IPv6 address with port", line("[::1]:2222", good), { host: "::1", port: 2222 }, "known"],
  ["a star", line("*.example", good), shop, "known"],
  ["a question mark", line("sho?.example", good), shop, "known"],
  ["a star that does not reach", line("*.test", good), shop, "unknown"],
  ["a dot is a dot", line("shop?example", good), { host: "shopXexamples", port: 22 }, "unknown"],
  ["a dot is no joker", line("shop.example", good), { host: "shopxexample", port: 22 }, "unknown"],
  ["a negation", line("*.example,!shop.example", good), shop, "unknown"],
  ["a negation before", line("!shop.example,*.example", good), shop, "unknown"],
  ["a negation of another", line("*.example,!test.example", good), shop, "known"],
  ["only a negation", line("!test.example", good), shop, "unknown"],
  ["another key of the type", line("shop.example", other), shop, "changed"],
  ["only a key of another type", line("shop.example", rsa), shop, "other-type"],
  ["a revoked key", line("shop.example", good, "@revoked "), shop, "revoked"],
  ["revoked beats known", `${line("shop.example", good)}\n${line("*", good, "@revoked ")}`, shop, "revoked"],
  ["revoked for any port", `${line("[shop.example]:2222", good)}\n${line("shop.example", good, "@revoked ")}`, shop2222, "revoked"],
  ["another key is revoked", `${line("shop.example", good)}\n${line("*", other, "@revoked ")}`, shop, "known"],
  ["a certificate authority", line("*.example", good, "@cert-authority "), shop, "unknown"],
  ["a fingerprint", fingerprintOf(good), shop, "known"],
  ["a padded fingerprint", `${fingerprintOf(good)}=`, shop, "known"],
  ["ssh-keygen -l's whole line", `256 ${fingerprintOf(good)} root@shop (ED25519)`, shop, "known"],
  ["another fingerprint", fingerprintOf(other), shop, "changed"],
  ["a fingerprint of a revoked key", `${fingerprintOf(good)}\n${line("*", good, "@revoked ")}`, shop, "revoked"],
  ["a fingerprint as the comment of a known key", `${line("shop.example", good)} ${fingerprintOf(other)}`, shop, "known"],
  ["a fingerprint as the comment of another key", `${line("shop.example", other)} ${fingerprintOf(good)}`, shop, "changed"],
  ["a fingerprint as the comment of a revoked key", `${line("*", good, "@revoked ")} ${fingerprintOf(good)}`, shop, "revoked"],
  ["a fingerprint behind a marker", `@revoked ${fingerprintOf(good)}`, shop, "unknown"],
  ["nothing", "", shop, "unknown"],
])("%s", (_name, text, address, state) => {
  expect(judgeHostKey(parseKnownHosts(text), address, good).state).toBe(state);
});

test("a certificate authority for the host is told apart from nothing", () => {
  expect(judgeHostKey(parseKnownHosts(line("*.example", good, "@cert-authority ")), shop, good)).toEqual({
    state: "unknown",
    authority: true,
  });
});

test.each([
  ["shop.example", "three parts"],
  ["shop.example ssh-ed25519", "three parts"],
  ["shop.example ssh-ed25519 AAAA", "not a whole ssh-ed25519 key"],
  [`shop.example ssh-rsa ${good.toString("base64")}`, "not a whole ssh-rsa key"],
  // Taken for a key, it would be another one than the server's: an alarm where there is only a slip of the hand.
  [line("shop.example", good).slice(0, -8), "not a whole ssh-ed25519 key"],
  [`${line("shop.example", good)}AAAA`, "not a whole ssh-ed25519 key"],
  [`${line("shop.example", good)}"`, "not a whole ssh-ed25519 key"],
  [`ssh-ed25519 ${good.toString("base64")}`, "the host is missing"],
  [`@trusted ${line("shop.example", good)}`, "no marker"],
  ["MD5:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", "MD5"],
  ["00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", "MD5"],
  ["SHA256:short", "43 characters"],
])("%j is named as a problem: %s", (text, problem) => {
  const known = parseKnownHosts(`# first\n${text}`);
  expect(known.entries).toEqual([]);
  expect(known.fingerprints).toEqual([]);
  expect(known.problems).toEqual([expect.stringMatching(/^line 2: /)]);
  expect(known.problems[0]).toContain(problem);
});

test("the types to ask for first are those known for the port, else for the host", () => {
  const known = parseKnownHosts(`${line("shop.example", rsa)}\n${line("[shop.example]:2222", good)}\n${line("*", good, "@revoked ")}`);
  expect(knownTypes(known, "shop.example", 22)).toEqual(["ssh-rsa"]);
  expect(knownTypes(known, "shop.example", 2222)).toEqual(["ssh-ed25519"]);
  expect(knownTypes(known, "shop.example", 2223)).toEqual(["ssh-rsa"]);
});

test("the fingerprint is ssh-keygen's", () => {
  // ssh-keygen -lf of `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl` (github.com).
  const github = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", "base64");
  expect(fingerprintOf(github)).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
});
