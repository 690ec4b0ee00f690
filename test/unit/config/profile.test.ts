import { expect, test } from "vitest";
import { loadProfile } from "../../../src/config/profile.ts";
import type { ProfileRequest } from "../../../src/config/loading.ts";
import { input, type Section, SHARED } from "../../../src/core/input.ts";
import { choice, count, duration, flag, type Kind, line, lines, text } from "../../../src/core/kinds.ts";

/** What is known of an environment here. */
const KNOWN = "known there: host, app-dir, compose-file, ssh-key, database-url, backup, health, rollback, hooks";

const pairs = (between: string): Kind<string> => ({
  form: `\`name${between}value\`, one a line`,
  entries: { between },
  parse: (value) => value,
});
const url: Kind<string> = { form: "postgres://…", parse: (value) => value };

const sections: readonly Section[] = [
  {
    name: SHARED,
    inputs: {
      environment: input(line, { description: "", perRun: true }),
      app: input(line, { description: "" }),
      host: input(line, { description: "" }),
      "app-dir": input(line, { description: "" }),
      "compose-file": input(lines, { description: "" }),
      "ssh-key": input(text, { description: "", secret: true }),
      "database-url": input(url, { description: "", secret: true, plainWhen: (value) => value.startsWith("env:") }),
      "dry-run": input(flag, { description: "", perRun: true }),
    },
  },
  {
    name: "backup",
    inputs: { "keep-last": input(count(), { description: "" }), verify: input(choice("read", "restore"), { description: "" }) },
  },
  {
    name: "health",
    inputs: {
      url: input(line, { description: "" }),
      timeout: input(duration, { description: "" }),
      headers: input(pairs(": "), { description: "" }),
      "expect-json": input(pairs("="), { description: "" }),
      "follow-redirects": input(flag, { description: "" }),
    },
  },
  { name: "rollback", inputs: { confirm: input(line, { description: "", perRun: true }) } },
];

async function load(yaml: string | undefined, given: Partial<ProfileRequest> = {}) {
  const loaded = await loadProfile({ sections, read: async (path) => (path === "savepoint.yml" ? yaml : undefined), ...given });
  return { ...loaded, said: loaded.problems.map(({ input: at, message }) => `${at} ${message}`) };
}

const shop = `
app: shop
environments:
  production:
    host: deploy@shop.example
    app-dir: /srv/shop
    backup: { verify: restore, keep-last: 10 }
    health: { url: "http://localhost:3000/health", timeout: 2m }
  staging:
    host: deploy@staging.shop.example
`;

test("the contract's example gives the settings of the chosen environment", async () => {
  const { app, environment, only, layer, said } = await load(shop, { environment: "production" });
  expect(said).toEqual([]);
  expect({ app, environment, only }).toEqual({ app: "shop", environment: "production", only: false });
  expect(layer).toEqual({
    source: "savepoint.yml",
    raw: {
      "": { host: "deploy@shop.example", "app-dir": "/srv/shop" },
      backup: { verify: "restore", "keep-last": "10" },
      health: { url: "http://localhost:3000/health", timeout: "2m" },
    },
  });
});

test("with one environment in the file, that is the default", async () => {
  const { environment, only, said } = await load("environments: { live: { host: a@b } }");
  expect({ environment, only, said }).toEqual({ environment: "live", only: true, said: [] });
});

test("with several environments, one must be said", async () => {
  expect((await load(shop)).said).toEqual(["environment must be given: savepoint.yml has production, staging"]);
});

test("without a file, the environment is production and the app is the repository's", async () => {
  const { app, environment, only, said } = await load(undefined, { fallbackApp: "shop" });
  expect({ app, environment, only, said }).toEqual({ app: "shop", environment: "production", only: false, said: [] });
});

test("a file that was asked for by name must be there", async () => {
  expect((await load(undefined, { path: "deploy/sp.yml" })).said).toEqual(["config names deploy/sp.yml, which does not exist"]);
});

test("an input's app wins over the file's, and the file's over the repository's", async () => {
  expect((await load(shop, { environment: "production", fallbackApp: "repo" })).app).toBe("shop");
  expect((await load(shop, { environment: "production", app: "given", fallbackApp: "repo" })).app).toBe("given");
});

test("an environment that the file does not have names the nearest one", async () => {
  expect((await load(shop, { environment: "prodution" })).said).toEqual([
    'environment is "prodution", which savepoint.yml does not have; did you mean "production"?',
  ]);
});

test("unknown keys are named with their line and the nearest known one", async () => {
  const { said } = await load(`app: shop
enviroments: {}
environments:
  production:
    hots: deploy@shop.example
    backup:
      keeplast: 3
    heatlh: { url: x }
    wombat: 1
`);
  expect(said).toEqual([
    "savepoint.yml:2 `enviroments` is not known at the top of the file; did you mean `environments`?",
    "savepoint.yml:5 `hots` is not known in `production`; did you mean `host`?",
    "savepoint.yml:8 `heatlh` is not known in `production`; did you mean `health`?",
    `savepoint.yml:9 \`wombat\` is not known in \`production\`; ${KNOWN}`,
    "savepoint.yml:7 `keeplast` is not known in `backup`; did you mean `keep-last`?",
  ]);
});

test("values of the wrong kind are named with their line and the right form", async () => {
  const { said, layer } = await load(`environments:
  production:
    app-dir: [a, b]
    compose-file: { a: b }
    backup:
      keep-last: many
    health: 5s
`);
  expect(said).toEqual([
    "savepoint.yml:3 `app-dir` contains a line break; it must be text on one line",
    "savepoint.yml:4 `compose-file` is a map; it must be one value a line",
    'savepoint.yml:6 `keep-last` is "many"; it must be a whole number, at least 0',
    "savepoint.yml:7 `health` must be a map of `name: value`",
  ]);
  expect(layer.raw).toEqual({});
});

test("a slip in another environment does not stop this one", async () => {
  expect(
    (await load("environments:\n  production: { host: a@b }\n  staging: { hots: a@b }\n", { environment: "production" })).said,
  ).toEqual([]);
});

test("lists become lines, and maps become pairs where the input is one a line of those", async () => {
  const { layer, said } = await load(`environments:
  production:
    compose-file: [compose.yml, compose.prod.yml]
    health:
      headers: { Accept: application/json, Host: shop.example }
      expect-json: { status: ok, checks.db: true, 200: 1.10 }
      follow-redirects: true
`);
  expect(said).toEqual([]);
  expect(layer.raw).toEqual({
    "": { "compose-file": "compose.yml\ncompose.prod.yml" },
    health: {
      headers: "Accept: application/json\nHost: shop.example",
      "expect-json": "status=ok\nchecks.db=true\n200=1.10",
      "follow-redirects": "true",
    },
  });
});

test("duplicates and broken YAML are said with their line, not thrown", async () => {
  const twice = await load("app: a\nenvironments:\n  production:\n    host: a@b\n    host: c@d\n");
  expect(twice.said).toEqual(["savepoint.yml:5 Map keys must be unique"]);
  const broken = await load("app: a\nenvironments: {\n");
  expect(broken.said).toHaveLength(1);
  expect(broken.said[0]).toMatch(/^savepoint\.yml:\d+ /);
});

test("a secret written into the file is refused without being repeated", async () => {
  const { said, layer } = await load(`environments:
  production:
    ssh-key: CANARY-KEY
    database-url: postgres://app:CANARY-PASSWORD@db/app
`);
  expect(said).toEqual([
    "savepoint.yml:3 `ssh-key` holds a secret, and files are no place for one: use SAVEPOINT_SSH_KEY, and change the secret",
    "savepoint.yml:4 `database-url` holds a secret, and files are no place for one: use `database-url: env:NAME` or SAVEPOINT_DATABASE_URL, and change the secret",
  ]);
  expect(JSON.stringify(layer)).not.toContain("CANARY");
});

test("a database URL without a password, and a reference to one, may stand in the file", async () => {
  for (const value of ["env:DATABASE_URL", "postgres://app@db/app", "postgres:///app?host=/run/postgresql"]) {
    expect((await load(`environments: { production: { database-url: "${value}" } }`)).said).toEqual([]);
  }
  expect((await load(`environments: { production: { database-url: "postgres://db/app?password=x" } }`)).said).toHaveLength(1);
});

test("what each run says anew is not taken from the file", async () => {
  const { said, layer } = await load(`environments:
  production:
    dry-run: true
    app: other
    rollback: { confirm: production }
`);
  expect(said).toEqual([
    "savepoint.yml:3 `dry-run` is said by each run, not by the file",
    "savepoint.yml:4 `app` stands at the top of the file, not in an environment",
    "savepoint.yml:5 `confirm` is said by each run, not by the file",
  ]);
  expect(layer.raw).toEqual({});
});

test("hooks are commands by their point", async () => {
  const { hooks, said } = await load(`environments:
  production:
    hooks:
      before-backup: ./sync-credentials
      after-rollout: [./flush, "./tell it"]
      after-rolout: ./typo
      before-migrate: { a: b }
`);
  expect(hooks).toEqual({ "before-backup": ["./sync-credentials"], "after-rollout": ["./flush", "./tell it"] });
  expect(said).toEqual([
    "savepoint.yml:6 `after-rolout` is no hook; did you mean `after-rollout`?",
    "savepoint.yml:7 `before-migrate` must be a command, or a list of commands",
  ]);
});

test.each([
  ["007", "007"],
  ["1.10", "1.10"],
  ["|\n  shop", "shop"],
])("the app's name %j is taken as it is written", async (written, app) => {
  expect((await load(`app: ${written}\n`)).app).toBe(app);
});

test.each(["", "~", "''"])("an app's name that is %j is not given", async (written) => {
  expect((await load(`app: ${written}\n`, { fallbackApp: "repository" })).app).toBe("repository");
});

test("one line as a block is one line", async () => {
  const { layer, said } = await load("environments:\n  production:\n    app-dir: |\n      /srv/shop\n");
  expect(said).toEqual([]);
  expect(layer.raw).toEqual({ "": { "app-dir": "/srv/shop" } });
});

test("an environment that merges itself is a mistake, and has an end", async () => {
  const { said } = await load("environments:\n  production: &a\n    <<: *a\n    host: deploy@shop\n");
  expect(said).toEqual([`savepoint.yml:3 \`<<\` is not known in \`production\`; ${KNOWN}`]);
});

test("a setting that resembles none is told with those that there are", async () => {
  const { said } = await load("app: shop\nenvironments:\n  production:\n    backup:\n      wombat: 1\n");
  expect(said).toEqual([expect.stringMatching(/`wombat` is not known in `backup`; known there: .*keep-last/)]);
});

test("a key that every object has is not known either", async () => {
  const { said } = await load("environments:\n  production:\n    constructor: x\n");
  expect(said).toEqual([expect.stringMatching(/`constructor` is not known in `production`/)]);
});

test("anchors and merge keys share settings between environments", async () => {
  const { layer, said } = await load(
    `environments:
  production: &base
    host: a@b
    app-dir: /srv/shop
  staging:
    <<: *base
    host: c@d
`,
    { environment: "staging" },
  );
  expect(said).toEqual([]);
  expect(layer.raw).toEqual({ "": { host: "c@d", "app-dir": "/srv/shop" } });
});

test("an empty file, and one saved with a byte order mark, are fine", async () => {
  expect((await load("")).said).toEqual([]);
  expect((await load("\uFEFFapp: shop\r\nenvironments:\r\n  production:\r\n    host: a@b\r\n")).layer.raw).toEqual({ "": { host: "a@b" } });
});
