import { expect, test } from "vitest";
import { withoutCredentials } from "../../../src/machine/git/git.ts";

test.each([
  ["https://user:CANARY@host/x", "https://***@host/x"],
  ["https://CANARY@host/x", "https://***@host/x"],
  ["https://user:CAN@ARY@host/x", "https://***@host/x"],
  ["unable to access 'https://user:CAN/ARY@host/x/': refused", "unable to access 'https://***@host/x/': refused"],
  ["https://user:CAN/A@RY@host/x", "https://***@host/x"],
  ["https://a:CANARY@b/c and https://CANARY@d/e", "https://***@b/c and https://***@d/e"],
])("%s is shown as %s", (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});

test.each(["https://host/owner/name@v1", "https://host:8443/owner/name", "git@host:owner/name.git", "/srv/a@b"])(
  "%s holds nothing to hide",
  (text) => {
    expect(withoutCredentials(text)).toBe(text);
  },
);
