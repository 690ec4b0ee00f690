import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { authority } from "../health/certificates.ts";
import { openMailServer, openMute, PASSWORD } from "../../lab/mail-server.ts";
import { ANSWERS, openReceiver, type Received } from "../../lab/receiver.ts";
import { settledShop } from "../../lab/settled-shop.ts";

/** A Slack and a Discord that remember. */
const slackAnswers = (response: { end(text: string): unknown }, _: number, { path, json }: Received): void =>
  void response.end(
    JSON.stringify({
      ok: true,
      channel: "C0123",
      ts: path.endsWith("update") ? json.ts : `17000000${String(Math.random()).slice(2, 4)}.000100`,
    }),
  );
const discordAnswers = (response: { end(text: string): unknown }): void => void response.end('{"id":"4711"}');

const CHANNELS = `bot: slack token=BOT channel=deploys api=API
chat: slack url=CHAT
office: teams url=TEAMS
guild: discord url=GUILD
hook: webhook url=HOOK secret=KEY
mail: email server=SMTP from=deploys@shop.example to=ops@shop.example`;

const variables = (secrets: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) => ({
  SAVEPOINT_NOTIFY_CHANNELS: CHANNELS,
  SAVEPOINT_NOTIFY_SECRETS: Object.entries(secrets)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n"),
  ...more,
});

const eventsOf = (received: readonly Received[]): readonly string[] => received.map(({ json }) => json.event);

test("every channel hears of a deploy and of its failure: what, which version, who, commits, downtime, what to type; and no secret", async () => {
  await using shop = await settledShop();
  await using ca = await authority();
  await using mail = await openMailServer(await ca.issue("DNS:localhost"));
  await using slack = await openReceiver(slackAnswers);
  await using chat = await openReceiver();
  await using teams = await openReceiver();
  await using guild = await openReceiver(discordAnswers);
  await using hook = await openReceiver();
  const secrets = {
    BOT: "c4nary-bot",
    API: `${slack.url}/c4nary`,
    CHAT: `${chat.url}/c4nary`,
    TEAMS: `${teams.url}/c4nary`,
    GUILD: `${guild.url}/c4nary`,
    HOOK: `${hook.url}/c4nary`,
    KEY: "c4nary-key",
    SMTP: `smtp://ada:${encodeURIComponent(PASSWORD)}@localhost:${mail.port}?ca=${encodeURIComponent(ca.file)}`,
  };
  const env = variables(secrets);
  await shop.commit({ files: { NEWS: "@everyone c4nary-bot" } });
  const good = await shop.run("deploy", {}, { env });
  expect(good.code, good.stderr).toBe(0);
  expect(good.stderr).not.toMatch(/could not be told/);
  expect(eventsOf(hook.received)).toEqual(["started", "stable"]);
  const stable = hook.received[1]?.json;
  expect(stable.facts).toMatchObject({
    version: expect.stringMatching(/^stable-/),
    commit: good.json.outputs.commit,
    downtime: expect.stringMatching(/ms|s$/),
  });
  expect(stable.commits.length).toBeGreaterThan(0);
  // One message a deploy, that ends as the deploy does.
  const [first, ...changes] = slack.received;
  expect(first?.path).toBe("/c4nary/chat.postMessage");
  expect(new Set(changes.map(({ path, json }) => `${path} ${json.ts === changes[0]?.json.ts}`))).toEqual(
    new Set(["/c4nary/chat.update true"]),
  );
  expect(slack.received.at(-1)?.json.text).toContain("Deployed and stable");
  expect(guild.received.map(({ method }) => method).filter((method) => method === "POST")).toEqual(["POST"]);
  expect([chat.received.length, teams.received.length, mail.mails.length]).toEqual([2, 2, 2]);

  await shop.commit({ behaviour: { broken: "no" }, timeout: "2s" });
  const bad = await shop.run("deploy", {}, { env });
  expect([bad.code, bad.json.outputs["rolled-back"]]).toEqual([1, true]);
  expect(eventsOf(hook.received).slice(2)).toEqual(["started", "failed", "rolled-back"]);
  expect(hook.received.at(-1)?.json).toMatchObject({
    severity: "warning",
    command: expect.stringContaining("status --environment production"),
  });
  expect(mail.mails.map(({ text }) => text).at(-1)).toContain("Auto-Submitted");

  const told = [slack, chat, teams, guild, hook].flatMap(({ received }) => received.map(({ text }) => text));
  const mails = mail.mails.map(({ text }) => Buffer.from(text.slice(text.indexOf("\r\n\r\n")), "base64").toString("utf8"));
  const journal = JSON.stringify(await shop.journal());
  for (const text of [...told, ...mails, journal, good.stderr, bad.stderr, bad.stdout]) expect(text).not.toContain("c4nary");
});

test("with every channel broken a deploy, a rollback and a backup end as without any; each failure is in log and journal", async () => {
  await using shop = await settledShop();
  await using hangs = await openReceiver(ANSWERS.hangs);
  await using five = await openReceiver(ANSWERS["answers 500"]);
  await using busy = await openReceiver(ANSWERS["is busy for long"]);
  await using half = await openReceiver(ANSWERS["hangs up"]);
  await using elsewhere = await openReceiver();
  await using away = await openReceiver((response) => void response.writeHead(307, { location: `${elsewhere.url}/stolen` }).end());
  await using mute = await openMute();
  const secrets = {
    BOT: "c4nary-bot",
    API: busy.url,
    CHAT: `${five.url}/c4nary`,
    TEAMS: `${half.url}/c4nary`,
    GUILD: `${away.url}/c4nary`,
    HOOK: `${hangs.url}/c4nary`,
    SMTP: `smtp://ada:c4nary@localhost:${mute.port}`,
    KEY: "c4nary-key",
  };
  const env = variables(secrets);
  await shop.commit({ files: { NEWS: "1" } });
  const deployed = await shop.run("deploy", {}, { env });
  expect(deployed.code, deployed.stderr).toBe(0);
  for (const name of ["bot", "chat", "office", "guild", "hook", "mail"])
    expect(deployed.stderr.match(new RegExp(`the channel ${name} could not be told what happened`, "gi")), name).toHaveLength(1);
  const failed = (await shop.journal()).filter(({ kind }) => kind === "notify.failed");
  expect(new Set(failed.map(({ channel }) => channel))).toEqual(new Set(["bot", "chat", "office", "guild", "hook", "mail"]));
  expect(JSON.stringify(failed)).not.toContain("c4nary");
  expect(elsewhere.received).toEqual([]);
  expect((await shop.run("rollback", { confirm: "production", reason: "look" }, { env })).code).toBe(0);
  expect((await shop.run("backup", { purpose: "manual" }, { env })).code).toBe(0);
  // What cannot be read is said, and is no reason not to go on.
  const odd = await shop.run("status", {}, { env: { SAVEPOINT_NOTIFY_CHANNELS: "c4nary" } });
  expect([odd.code, odd.stderr.match(/Nobody is told what happens/g)?.length]).toEqual([0, 1]);
  expect(odd.stderr).not.toContain("c4nary");
});

test("steps in processes of their own change one message, and only the routed channel hears what is critical", async () => {
  await using shop = await settledShop();
  await using slack = await openReceiver(slackAnswers);
  await using hook = await openReceiver();
  const env = {
    SAVEPOINT_NOTIFY_CHANNELS: "bot: slack token=BOT channel=deploys api=API\nops: webhook url=HOOK",
    SAVEPOINT_NOTIFY_SECRETS: `BOT=x-bot\nAPI=${slack.url}\nHOOK=${hook.url}`,
    SAVEPOINT_NOTIFY_INFO: "bot",
    SAVEPOINT_NOTIFY_WARNING: "bot",
    SAVEPOINT_NOTIFY_CRITICAL: "ops",
  };
  await shop.commit({ files: { NEWS: "1" } });
  const options = { env, workflow: "900.1" };
  for (const [operation, flags] of [
    ["rollout", { phase: "prepare" }],
    ["backup", {}],
    ["rollout", {}],
    ["health-check", {}],
    ["mark-stable", {}],
  ] as const) {
    const { code, stderr } = await shop.run(operation, flags, options);
    expect(code, `${operation}: ${stderr}`).toBe(0);
  }
  const posted = slack.received.filter(({ path }) => path.endsWith("postMessage"));
  const updated = slack.received.filter(({ path }) => path.endsWith("update"));
  expect([posted.length, updated.length > 0]).toEqual([1, true]);
  expect(new Set(updated.map(({ json }) => json.ts)).size).toBe(1);
  expect(updated.at(-1)?.json.text).toContain("Deployed and stable");
  expect(hook.received).toEqual([]);
  const nowhere = { ...env, SAVEPOINT_DATABASE_URL: "postgres://ada:x@127.0.0.1:1/none" };
  await shop.run("backup", { purpose: "manual" }, { env: nowhere });
  expect(eventsOf(hook.received)).toEqual(["backup-failed"]);
});

test("a host that cannot be reached is heard of, too", async () => {
  await using shop = await settledShop();
  await using hook = await openReceiver();
  const env = { SAVEPOINT_NOTIFY_CHANNELS: "ops: webhook url=HOOK", SAVEPOINT_NOTIFY_SECRETS: `HOOK=${hook.url}` };
  const key = join(shop.folder, "key");
  await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const gone = { "ssh-key": key, host: "deploy@127.0.0.1:1", "ssh-known-hosts": `SHA256:${"A".repeat(43)}` };
  const { code } = await shop.run("backup", { purpose: "scheduled", ...gone }, { env });
  expect(code).not.toBe(0);
  expect(eventsOf(hook.received)).toEqual(["unreachable"]);
  // A look is nothing that anybody waits for.
  await shop.run("status", gone, { env });
  expect(hook.received).toHaveLength(1);
});
