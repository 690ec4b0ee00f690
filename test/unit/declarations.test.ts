import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { loadProfile } from "../../src/config/profile.ts";
import { type Input, variableName } from "../../src/core/input.ts";
import { flagsOf, readFlags } from "../../src/faces/terminal/flags.ts";
import { helpOf, overview } from "../../src/faces/terminal/help.ts";
import { openAll } from "../../src/core/operation.ts";
import { operations as callable } from "../../src/operations.ts";
import { sections } from "../../src/sections.ts";

const operations = await openAll(callable);

const ROOT = resolve(import.meta.dirname, "../..");

test("the operations are those of the contract", () => {
  const actions = operations.filter(({ branding }) => branding !== undefined).map(({ name }) => name);
  expect(actions.sort()).toEqual([
    "backup",
    "deploy",
    "doctor",
    "health-check",
    "mark-stable",
    "migrate",
    "notify",
    "recover",
    "restore",
    "rollback",
    "rollout",
  ]);
  const others = operations.filter(({ branding }) => branding === undefined).map(({ name }) => name);
  expect(others.sort()).toEqual(["drop-replaced", "init", "journal", "list", "logs", "migrate new", "status", "unlock"]);
});

test("each is opened by the name that it is called by", () => {
  expect(operations.map(({ name }) => name)).toEqual(Object.keys(callable));
});

test.each(operations.map((operation) => [operation.name, operation] as const))(
  "%s is declared so that both faces can show it",
  (_, operation) => {
    const names = flagsOf(operation).map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect([...names, ...Object.keys(operation.outputs)].filter((name) => !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name))).toEqual([]);
    expect(operation.description.length).toBeLessThanOrEqual(125);
    for (const name of operation.positionals ?? []) expect(names).toContain(name);
    for (const { spec, name } of flagsOf(operation))
      if (spec.fallback !== undefined) expect(() => spec.kind.parse(spec.fallback ?? ""), name).not.toThrow();
  },
);

test("the list of commands has each word that one types, also where it is an operation's own", () => {
  const listed = overview(operations).flatMap((line) => /^ {2}([a-z]+(?:[ -][a-z]+)?) {2,}\S/.exec(line)?.[1] ?? []);
  expect(listed).toEqual(
    expect.arrayContaining([
      ...operations.map(({ name }) => name),
      "migrate lint",
      "migrate plan",
      "migrate status",
      "migrate validate",
      "completion",
    ]),
  );
});

test("a default that is empty is not told as one", () => {
  for (const operation of operations) expect(helpOf(operation).join("\n"), operation.name).not.toMatch(/Default:\s*\.(?:\s|$)/);
});

test("a deploy takes nothing that only `lint` reads: it does not lint", () => {
  const deploy = operations.find(({ name }) => name === "deploy")!;
  const ofLint = flagsOf(deploy).filter(({ spec }) => spec.description.startsWith("`lint`"));
  expect(ofLint.map(({ name }) => name)).toEqual([]);
});

test("what means nothing to an operation is taken as a flag, and shown in no help", () => {
  const over = operations.filter(({ passesOver }) => passesOver !== undefined);
  expect(over.map(({ name }) => name).sort()).toEqual([
    "doctor",
    "health-check",
    "journal",
    "list",
    "logs",
    "notify",
    "recover",
    "restore",
    "rollback",
    "status",
    "unlock",
  ]);
  for (const operation of over) {
    const help = helpOf(operation).join("\n");
    for (const name of operation.passesOver ?? []) {
      expect(flagsOf(operation).map((one) => one.name)).toContain(name);
      expect(help, operation.name).not.toMatch(new RegExp(`^  (?:--${name}|${variableName("", name)})\\b`, "m"));
    }
    expect(help).toMatch(/^ {2}--state-dir VALUE/m);
    expect(readFlags(operation, ["--commit", "abc", "--allow-older"]).problems).toEqual([]);
  }
  expect(helpOf(operations.find(({ name }) => name === "deploy")!).join("\n")).toMatch(/^ {2}--allow-older/m);
});

test("the file and the variables know every section of every operation, and no two settings share a variable", () => {
  const known = new Map(sections.map((section) => [section.name, section]));
  for (const operation of operations) {
    for (const section of Object.values(operation.sections)) {
      const listed = known.get(section.name);
      // What only one operation has must be nothing that a file could say.
      if (listed === undefined) {
        for (const [name, spec] of Object.entries<Input<unknown>>(section.inputs))
          expect(spec.perRun || spec.secret, `${operation.name}: ${name}`).toBe(true);
        continue;
      }
      // An operation may leave out inputs of a section, but not have others.
      expect(Object.keys(listed.inputs), `${operation.name}: ${section.name}`).toEqual(expect.arrayContaining(Object.keys(section.inputs)));
    }
  }
  const variables = sections.flatMap((section) => Object.keys(section.inputs).map((name) => variableName(section.name, name)));
  expect(variables.filter((name, index) => variables.indexOf(name) !== index)).toEqual([]);
});

test("a confirmation cannot be written into the file", async () => {
  const yaml =
    "environments:\n  production:\n    rollback: { confirm: production, database: restore, reason: x }\n    restore: { confirm: production }\n";
  const { problems } = await loadProfile({ sections, read: async () => yaml });
  expect(problems).toHaveLength(4);
});

test("the contract's example of a savepoint.yml is read without complaint", async () => {
  const yaml = `app: shop
environments:
  production:
    host: deploy@shop.example
    app-dir: /srv/shop
    database-service: postgres
    backup:   { verify: restore, keep-last: 10, keep-daily: 30 }
    migrate:  { directory: db/migrations }
    health:   { url: http://localhost:3000/health, timeout: 2m, headers: { Accept: application/json }, expect-json: { status: ok } }
    hooks:    { after-rollout: ./flush }
  staging:
    host: deploy@staging.shop.example
    app-dir: /srv/shop
    database-url: env:DATABASE_URL
    backup:   { keep-daily: 7 }
    health:   { url: http://localhost:3000/health }
`;
  for (const environment of ["production", "staging"]) {
    expect((await loadProfile({ sections, environment, read: async () => yaml })).problems).toEqual([]);
  }
});

test("only the token has a default in an action.yml: all other defaults stand below the variables and the file", () => {
  for (const { name, branding } of operations) {
    if (branding === undefined) continue;
    const text = readFileSync(join(ROOT, name === "deploy" ? "action.yml" : `actions/${name}/action.yml`), "utf8");
    const defaults = text.split("\n").filter((line) => /^ {4}default:/.test(line));
    expect(defaults.every((line) => line === "    default: ${{ github.token }}")).toBe(true);
  }
});
