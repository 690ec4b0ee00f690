import fc from "fast-check";
import { expect, test } from "vitest";
import { Masker } from "../../../src/faces/masker.ts";

function masking(...secrets: string[]): Masker {
  const masker = new Masker();
  for (const secret of secrets) masker.add(secret);
  return masker;
}

test("a secret is hidden as it is, URL-encoded, in base64, in JSON and quoted for a shell", () => {
  const secret = `p@ss w'or"d/ü`;
  const masker = masking(secret);
  for (const form of [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([["p", secret]]).toString().slice(2),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url"),
    JSON.stringify(secret).slice(1, -1),
    `'${secret.replaceAll("'", String.raw`'\''`)}'`,
  ]) {
    expect(masker.mask(`before ${form} after`)).toMatch(/^before '?\*\*\*=*'? after$/);
  }
});

test("the password inside a URL is hidden alone too, as written and decoded", () => {
  const masker = masking("postgres://app:CANARY%2F%C3%BC1@db/app?sslpassword=SECOND%20ONE");
  for (const form of ["CANARY%2F%C3%BC1", "CANARY/ü1", "SECOND%20ONE", "SECOND ONE", "SECOND+ONE"]) expect(masker.mask(form)).toBe("***");
  expect(masker.mask("app@db/app")).toBe("app@db/app");
});

test.each([
  "postgres://shop:shop@db/x",
  "postgres://app:shop@shop:5432/x",
  "postgres://app:sh%6Fp@db/shop",
  "postgres:///shop?user=a&password=shop",
])("a password that is also said in the open beside it, in %s, leaves the log readable", (url) => {
  const masker = masking(url);
  expect(masker.mask("deploy@shop.example: /srv/shop")).toBe("deploy@shop.example: /srv/shop");
  expect(masker.mask(`connecting to ${url}`)).toBe("connecting to ***");
});

test("a secret that colours or control characters cut in pieces is hidden, since these are taken out before it is shown", () => {
  for (const cut of ["CAN\u001B[1mARY", "CAN\u0007ARY", "\u001B]0;x\u0007CANARY\u001B[0m"])
    expect(masking("CANARY").mask(cut)).not.toMatch(/CAN|ARY/);
  expect(masking("CANARY").mask("\u001B[1mbold")).toBe("\u001B[1mbold");
});

test("each line of a key is hidden, but not its armour", () => {
  const masker = masking("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAACANARY1\r\nAAAACANARY2\n-----END OPENSSH PRIVATE KEY-----\n");
  expect(masker.mask("saw AAAACANARY2 in -----BEGIN OPENSSH PRIVATE KEY-----")).toBe("saw *** in -----BEGIN OPENSSH PRIVATE KEY-----");
});

test("a secret of one or two letters does not blank out the log", () => {
  expect(masking("a", "xy", "").mask("a xylophone")).toBe("a xylophone");
});

test("the longest form wins where secrets contain each other", () => {
  expect(masking("secret", "secret-longer").mask("is secret-longer")).toBe("is ***");
});

test("only new forms are told to the runner", () => {
  const masker = new Masker();
  expect(masker.add("CANARY")).toContain("CANARY");
  expect(masker.add("CANARY")).toEqual([]);
});

test("data is masked in every text and otherwise left as it is", () => {
  expect(masking("CANARY").maskAll({ a: ["x CANARY", 1, true, undefined], b: { c: "CANARY" } })).toEqual({
    a: ["x ***", 1, true, undefined],
    b: { c: "***" },
  });
});

test("whatever the secret, no text keeps it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 3, unit: "grapheme" }), fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(!"***".includes(secret) && secret.trim().length >= 3);
      const shown = masking(secret).mask(`${before}${secret}${after}`);
      return !shown.replaceAll("***", "\n\n").includes(secret) || secret.includes("*");
    }),
  );
});
