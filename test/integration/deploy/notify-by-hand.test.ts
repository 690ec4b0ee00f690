import { expect, test } from "vitest";
import { authority } from "../health/certificates.ts";
import { startGithub } from "../../lab/github.ts";
import { exampleOf } from "../../lab/github/described.ts";
import { openMailServer, PASSWORD } from "../../lab/mail-server.ts";
import { ANSWERS, openReceiver, type Received } from "../../lab/receiver.ts";
import { settledShop } from "../../lab/settled-shop.ts";

const eventsOf = (received: readonly Received[]): readonly string[] => received.map(({ json }) => json.event);

const variables = (channels: readonly string[], secrets: Readonly<Record<string, string>>) => ({
  SAVEPOINT_NOTIFY_CHANNELS: channels.join("\n"),
  SAVEPOINT_NOTIFY_SECRETS: Object.entries(secrets)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n"),
});

test("a test message goes to every channel by its own way, and each answer is told; one that fails makes it red", async () => {
  await using shop = await settledShop();
  await using ca = await authority();
  await using mail = await openMailServer(await ca.issue("DNS:localhost"));
  await using hook = await openReceiver((response) => void response.writeHead(202).end());
  await using slack = await openReceiver((response) => void response.end('{"ok":false,"error":"not_in_channel"}'));
  const good = variables(["hook: webhook url=HOOK", "mail: email server=SMTP from=a@shop.example to=b@shop.example"], {
    HOOK: `${hook.url}/c4nary`,
    SMTP: `smtp://ada:${encodeURIComponent(PASSWORD)}@localhost:${mail.port}?ca=${encodeURIComponent(ca.file)}`,
  });
  const before = await shop.journal();
  const sent = await shop.run("notify", { test: true }, { env: { ...good, SAVEPOINT_NOTIFY_CRITICAL: "mail" } });
  expect([sent.code, sent.json.outputs], sent.stderr).toEqual([0, { told: ["hook", "mail"], failed: [] }]);
  expect(JSON.stringify(sent.json)).toMatch(/hook.*HTTP 202.*mail.*SMTP 250/);
  expect(hook.received[0]?.json).toMatchObject({
    event: "test",
    title: "🔔 Test message: shop/production",
    facts: { "this channel hears": "info, warning" },
  });
  expect(mail.mails).toHaveLength(1);
  // A dry run sends nothing.
  expect((await shop.run("notify", { test: true, "dry-run": true }, { env: good })).code).toBe(0);
  expect([hook.received.length, mail.mails.length]).toEqual([1, 1]);

  const bad = variables(["hook: webhook url=HOOK", "bot: slack token=BOT channel=x api=API", "office: teams url=TEAMS"], {
    HOOK: `${hook.url}/c4nary`,
    BOT: "c4nary-bot",
    API: `${slack.url}/c4nary`,
    TEAMS: "",
  });
  const failed = await shop.run("notify", { test: true }, { env: bad });
  expect([failed.code, failed.json.code, failed.json.outputs]).toEqual([1, "not-told", { told: ["hook"], failed: ["bot", "office"] }]);
  expect(failed.stderr).toMatch(/bot: 127\.0\.0\.1:\d+ refuses the message \(not_in_channel\)/);
  expect(failed.stderr).toMatch(/office: TEAMS is not given/);
  for (const text of [sent.stdout, sent.stderr, failed.stdout, failed.stderr]) expect(text).not.toContain("c4nary");

  const nobody = await shop.run("notify", { test: true });
  expect([nobody.code, nobody.json.code]).toEqual([2, "inputs"]);
  const unsaid = await shop.run("notify", {}, { env: good });
  expect([unsaid.code, unsaid.json.code]).toEqual([2, "inputs"]);
  expect(await shop.journal()).toEqual(before);
});

test("while a person is needed, whoever hears of it is told again, and no oftener than is said; a channel that failed is tried again", async () => {
  await using shop = await settledShop();
  await using hook = await openReceiver();
  await using chat = await openReceiver();
  await using down = await openReceiver(ANSWERS["answers 400"]);
  const env = {
    ...variables(["ops: webhook url=OPS", "chat: webhook url=CHAT", "down: webhook url=DOWN"], {
      OPS: `${hook.url}/c4nary`,
      CHAT: chat.url,
      DOWN: `${down.url}/c4nary`,
    }),
    SAVEPOINT_NOTIFY_CRITICAL: "ops",
  };
  const repeat = async (more: Readonly<Record<string, string>> = {}) =>
    await shop.run("notify", { repeat: true }, { env: { ...env, ...more } });
  const well = await repeat();
  expect([well.code, well.json.outputs], well.stderr).toEqual([0, { told: [], failed: [] }]);
  await shop.database.superuser("ALTER TABLE notes ADD COLUMN by_hand text");
  expect((await shop.run("status")).code).toBe(3);

  const first = await repeat();
  expect([first.code, first.json.outputs.told], first.stderr).toEqual([0, ["ops"]]);
  expect(hook.received[0]?.json).toMatchObject({
    event: "needs-a-person",
    severity: "critical",
    text: expect.stringMatching(/^Still so: /),
    command: expect.stringContaining("rollback --environment production"),
  });
  // A schedule of every five minutes tells it once an hour.
  for (let turn = 0; turn < 2; turn += 1) expect((await repeat()).json.outputs.told).toEqual([]);
  await shop.age(3500);
  expect((await repeat()).json.outputs.told).toEqual([]);
  await shop.age(101);
  expect((await repeat()).json.outputs.told).toEqual(["ops"]);
  expect((await repeat({ SAVEPOINT_NOTIFY_REPEAT_EVERY: "0s" })).json.outputs.told).toEqual(["ops"]);
  expect([eventsOf(hook.received), chat.received.length, down.received.length]).toEqual([
    ["needs-a-person", "needs-a-person", "needs-a-person"],
    0,
    0,
  ]);

  const all = { SAVEPOINT_NOTIFY_CRITICAL: "ops down" };
  const failed = await repeat(all);
  expect([failed.code, failed.json.outputs]).toEqual([1, { told: [], failed: ["down"] }]);
  expect((await repeat(all)).json.outputs).toEqual({ told: [], failed: ["down"] });
  const journal = await shop.journal();
  expect(journal.filter(({ kind }) => kind === "notify.failed").map(({ channel, event }) => [channel, event])).toEqual([
    ["down", "needs-a-person"],
    ["down", "needs-a-person"],
  ]);
  for (const text of [JSON.stringify(journal), failed.stdout, failed.stderr, JSON.stringify(hook.received.map(({ json }) => json))])
    expect(text).not.toContain("c4nary");
  // Looking is no sign of life, and takes no lock.
  expect((await shop.run("status")).code).toBe(3);
});

test("two that repeat it at the same moment tell it once; one that was killed before it was sent is taken over, and named", async () => {
  await using shop = await settledShop();
  const answer = Promise.withResolvers<void>();
  await using slow = await openReceiver(
    (response, at) => void (at === 0 ? answer.promise : Promise.resolve()).then(() => response.end("ok")),
  );
  await using silent = await openReceiver(ANSWERS.hangs);
  const at = (url: string, run: string) => ({ ...variables(["ops: webhook url=OPS"], { OPS: url }), SAVEPOINT_RUN: run });
  await shop.database.superuser("ALTER TABLE notes ADD COLUMN by_hand text");

  const first = shop.start("notify", { repeat: true }, { env: at(slow.url, "ada@desk") });
  await expect.poll(() => slow.received.length, { timeout: 30_000 }).toBe(1);
  const second = await shop.run("notify", { repeat: true }, { env: at(slow.url, "bob@desk") });
  answer.resolve();
  expect([second.code, second.json.outputs.told], second.stderr).toEqual([0, []]);
  expect(second.json.headline).toContain("ada@desk tells it at this moment");
  expect((await first.done).json.outputs.told).toEqual(["ops"]);
  expect(eventsOf(slow.received)).toEqual(["needs-a-person"]);

  await shop.age(3_700);
  const dead = shop.start("notify", { repeat: true }, { env: at(silent.url, "cleo@desk") });
  await expect.poll(() => silent.received.length, { timeout: 30_000 }).toBe(1);
  dead.child.kill("SIGKILL");
  await dead.done;
  // It may still be at it, for all that can be seen; a minute later it is not.
  expect((await shop.run("notify", { repeat: true }, { env: at(slow.url, "dora@desk") })).json.outputs.told).toEqual([]);
  await shop.age(61);
  const next = await shop.run("notify", { repeat: true }, { env: at(slow.url, "dora@desk") });
  expect([next.code, next.json.outputs.told], next.stderr).toEqual([0, ["ops"]]);
  expect(next.stderr).toContain("cleo@desk was telling it and did not end");
  expect(eventsOf(slow.received)).toEqual(["needs-a-person", "needs-a-person"]);
});

const RULES = "/repos/{owner}/{repo}/environments/{environment_name}";

test("that a run waits for approval is told where GitHub has such a rule, by whom it may be approved, and nowhere else", async () => {
  await using shop = await settledShop();
  await using github = await startGithub(shop.origin.url, { token: "c4nary-token" });
  await using hook = await openReceiver();
  const env = {
    ...variables(["ops: webhook url=OPS"], { OPS: `${hook.url}/c4nary` }),
    GITHUB_API_URL: github.apiUrl,
    GITHUB_TOKEN: "c4nary-token",
    GITHUB_SHA: "a".repeat(40),
  };
  // Neither the host nor its key is there where this runs.
  const tell = async () => await shop.action("notify", { "waiting-for-approval": "true", host: "deploy@127.0.0.1:1" }, { env });
  const example = exampleOf("GET", RULES);
  github.answer = (route) => (route.endsWith("/environments/production") ? { status: 200, body: example } : undefined);
  const told = await tell();
  expect([told.code, told.outputs["told"]], told.stdout).toEqual([0, '["ops"]']);
  expect(hook.received[0]?.json).toMatchObject({
    event: "waiting-for-approval",
    severity: "info",
    text: "The deploy of aaaaaaa begins once it is approved on the run's page.",
    facts: { reviewers: "octocat, Justice League", timer: "30 min" },
    run: expect.stringMatching(/\/actions\/runs\/100\/attempts\/1$/),
  });

  const rules = example["protection_rules"] as readonly { readonly type: string }[];
  for (const answer of [
    { status: 200, body: { ...example, protection_rules: rules.filter(({ type }) => type === "branch_policy") } },
    { status: 404, body: { message: "Not Found" } },
  ]) {
    github.answer = () => answer;
    expect((await tell()).outputs["told"]).toBe("[]");
  }
  expect(hook.received).toHaveLength(1);
  // Where nobody says it, once too often is better than never.
  github.answer = () => ({ status: 403, body: { message: "Resource not accessible by integration" } });
  const unknown = await tell();
  expect(unknown.outputs["told"]).toBe('["ops"]');
  expect(unknown.stdout).toContain("actions: read");
  expect(github.problems).toEqual([]);
  const printed = [told, unknown].flatMap(({ stdout }) => stdout.split("\n").filter((line) => !line.startsWith("::add-mask::")));
  for (const text of [...printed, JSON.stringify(hook.received.map(({ json }) => json))]) expect(text).not.toContain("c4nary");
});
