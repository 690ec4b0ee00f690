import { inspect } from "node:util";
import { expect, test } from "vitest";
import { addressOf, databaseAddress, describeTarget, parseTargetUrl, passwordToHide } from "../../../src/postgres/address.ts";

const CANARY = "kN4ryS3cret";

test("a URL is read as libpq reads it", () => {
  const cases: readonly (readonly [url: string, described: string, password: string | undefined])[] = [
    ["postgres://shop:pw@db.example/app", "app at db.example:5432 as shop", "pw"],
    ["postgresql://shop:pw@db.example:6543/app?sslmode=require", "app at db.example:6543 as shop", "pw"],
    ["POSTGRES://shop@db/app", "app at db:5432 as shop", undefined],
    ["postgresql+psycopg2://shop:pw@db/app", "app at db:5432 as shop", "pw"],
    ["postgres://sh%40p:p%3A%2F%25%23%3F%40@db/my%20app%20%F0%9F%90%98", "my app 🐘 at db:5432 as sh@p", "p:/%#?@"],
    ["postgres://shop:a:b@db/app", "app at db:5432 as shop", "a:b"],
    ["postgres://shop:a@b@db/app", "app at db:5432 as shop", "a@b"],
    ["postgres://shop:pw@[::1]:5433/app", "app at [::1]:5433 as shop", "pw"],
    ["postgres://shop@/app?host=/var/run/postgresql", "app at /var/run/postgresql (port 5432) as shop", undefined],
    ["postgres://shop@%2Ftmp%2Fpg:5440/app", "app at /tmp/pg (port 5440) as shop", undefined],
    ["postgres://shop@/app", "app at /var/run/postgresql (port 5432) as shop", undefined],
    ["postgres:///app?user=shop&password=pw&host=db&port=1", "app at db:1 as shop", "pw"],
    ["postgres://shop:pw@db/app?schema=public&connection_limit=5&", "app at db:5432 as shop", "pw"],
  ];
  for (const [url, described, password] of cases) {
    const target = parseTargetUrl(url);
    expect(describeTarget(target), url).toBe(described);
    expect(target.password?.reveal(), url).toBe(password);
  }
});

test("a password is hidden, but not one that is also the user, the server or the database", () => {
  expect(passwordToHide(parseTargetUrl(`postgres://shop:${CANARY}@db/app`))?.reveal()).toBe(CANARY);
  expect(passwordToHide(parseTargetUrl("postgres://shop@db/app"))).toBeUndefined();
  for (const url of ["postgres://shop:shop@db/app", "postgres://shop:db@db/app", "postgres://shop:app@db/app"])
    expect(passwordToHide(parseTargetUrl(url)), url).toBeUndefined();
});

test("a socket is dialled by its file", () => {
  expect(addressOf(parseTargetUrl("postgres://shop@/app?host=/run/pg&port=5440"))).toEqual({ socket: "/run/pg/.s.PGSQL.5440" });
});

test("sslmode means what libpq means, and Node's own words are understood", () => {
  expect(parseTargetUrl("postgres://u@h/d").sslmode).toBe("prefer");
  expect(parseTargetUrl("postgres://u@h/d?sslmode=verify-full").sslmode).toBe("verify-full");
  expect(parseTargetUrl("postgres://u@h/d?sslmode=no-verify").sslmode).toBe("require");
  expect(parseTargetUrl("postgres://u@h/d?ssl=true").sslmode).toBe("require");
});

test("a malformed URL says what is wrong and never repeats the secret", () => {
  const cases: readonly (readonly [url: string, says: RegExp])[] = [
    [`mysql://u:${CANARY}@h/d`, /must begin with postgres/],
    [CANARY, /must begin with postgres/],
    [`postgres://u:${CANARY}@h`, /no database/],
    [`postgres://u:${CANARY}@h/`, /no database/],
    [`postgres://:${CANARY}@h/d`, /no user/],
    [`postgres://u:${CANARY}@h:port/d`, /port/],
    [`postgres://u:${CANARY}@h:70000/d`, /port/],
    [`postgres://u:${CANARY}#x@h/d`, /port|%23/],
    [`postgres://u:12#${CANARY}@h/d`, /%23/],
    [`postgres://u:12/${CANARY}@h/d`, /%2F/],
    [`postgres://u:12?${CANARY}@h/d`, /%3F/],
    [`postgres://u:${CANARY}%zz@h/d`, /%25/],
    [`postgres://u:${CANARY}%00@h/d`, /NUL/],
    [`postgres://u:${CANARY}@a,b/d`, /several servers/],
    [`postgres://u:${CANARY}@::1/d`, /IPv6|port/],
    [`postgres://u:${CANARY}@h/d?sslmode=${CANARY}`, /sslmode/],
  ];
  for (const [url, says] of cases) {
    let thrown: unknown;
    try {
      databaseAddress.parse(url);
    } catch (error) {
      thrown = error;
    }
    expect(thrown, url).toBeInstanceOf(Error);
    expect((thrown as Error).message, url).toMatch(says);
    expect(inspect(thrown, { depth: 9, showHidden: true }).replace(/at .*/gu, ""), url).not.toContain(CANARY);
  }
});

test("env:NAME is kept as a name", () => {
  expect(databaseAddress.parse(" env:DATABASE_URL ")).toEqual({ kind: "env", name: "DATABASE_URL" });
  expect(() => databaseAddress.parse(`env:postgres://u:${CANARY}@h/d`)).toThrow(/names no variable/);
});

test("a target never shows its password", () => {
  const target = parseTargetUrl(`postgres://u:${CANARY}@h/d`);
  expect(`${inspect(target, { depth: 9 })} ${JSON.stringify(target)} ${describeTarget(target)}`).not.toContain(CANARY);
});
