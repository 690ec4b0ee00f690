import { expect, test } from "vitest";
import type { Request } from "../../../src/health/exchange.ts";
import { nextHop } from "../../../src/health/redirects.ts";

const request = (url: string, method = "GET"): Request => ({ url: new URL(url), method, headers: [["authorization", "Bearer x"]] });
const answer = (status: number, location?: string) => ({
  status,
  headers: new Map(location === undefined ? [] : [["location", [location]]]),
});

function hop(status: number, location: string | undefined, ...before: Request[]): string | undefined {
  const next = nextHop(answer(status, location), before);
  if (next === undefined) return undefined;
  return "problem" in next ? next.problem : `${next.to.method} ${next.to.url.href}${next.to.headers.length > 0 ? " with headers" : ""}`;
}

test.each([
  [302, "/login", "GET", "GET http://shop.example/login with headers"],
  [301, "http://shop.example/x#part", "GET", "GET http://shop.example/x with headers"],
  [302, "//other.example/", "GET", "GET http://other.example/"],
  [301, "https://shop.example/health", "GET", "GET https://shop.example/health"],
  [302, "http://shop.example:8080/", "GET", "GET http://shop.example:8080/"],
  [302, "/x", "POST", "GET http://shop.example/x with headers"],
  [303, "/x", "PUT", "GET http://shop.example/x with headers"],
  [303, "/x", "HEAD", "HEAD http://shop.example/x with headers"],
  [307, "/x", "POST", "POST http://shop.example/x with headers"],
  [302, "ftp://shop.example/", "GET", "redirects to ftp:, which is not HTTP"],
  [302, "http://[", "GET", 'redirects to "http://[", which is no URL'],
  [302, "/health", "GET", "redirects in a circle, back to http://shop.example/health"],
  [200, "/x", "GET", undefined],
  [304, undefined, "GET", undefined],
  [302, undefined, "GET", undefined],
])("%i to %s from a %s: %s", (status, location, method, expected) => {
  expect(hop(status, location, request("http://shop.example/health", method))).toBe(expected);
});

test("encryption is not given up on the way", () => {
  expect(hop(302, "http://shop.example/", request("https://shop.example/"))).toBe(
    "redirects from https to http://shop.example/, which is not encrypted",
  );
});

test("five redirects are followed, the sixth is not", () => {
  const before = [0, 1, 2, 3, 4].map((index) => request(`http://shop.example/${index}`));
  expect(hop(302, "/5", ...before)).toBe("GET http://shop.example/5 with headers");
  expect(hop(302, "/6", ...before, request("http://shop.example/5"))).toContain("redirects more than 5 times");
});
