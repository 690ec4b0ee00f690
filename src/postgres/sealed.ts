import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

/**
 * A value that may be a secret, as a file may keep it: `scrypt:<salt>:<sum>`. Whether another value is the same can be told,
 * and a short one is not guessed quickly.
 */
export function seal(value: string): string {
  const salt = randomBytes(12).toString("hex");
  return `scrypt:${salt}:${sum(value, salt).toString("hex")}`;
}

export function isSealed(sealed: string, value: string): boolean {
  const [, salt = "", expected = ""] = sealed.split(":");
  const [a, b] = [Buffer.from(expected, "hex"), sum(value, salt)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function sum(value: string, salt: string): Buffer {
  return scryptSync(value, salt, 24);
}

/** Parameters with a dot are an extension's or an application's own, as `app.jwt_secret`; the server's own hold no secrets. */
export function mayBeSecret(parameter: string): boolean {
  return parameter.includes(".");
}
