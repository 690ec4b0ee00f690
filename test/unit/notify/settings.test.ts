import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { CHANNEL_KINDS } from "../../../src/notify/kinds.ts";
import { titleOf } from "../../../src/notify/notification.ts";
import { channelSettings, namedSecrets } from "../../../src/notify/settings.ts";
import { inOwnWords, template } from "../../../src/notify/template.ts";
import { openChannels } from "../../../src/notify/open-channels.ts";
import { HOSTILE, STABLE } from "./channels.ts";

const problemOf = (body: () => unknown): string => {
  try {
    body();
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
};

test("channels are read a line each, and what is wrong is named without repeating what may be a secret", () => {
  expect(channelSettings.parse("team: slack token=BOT channel=deploys\nops: teams url=TEAMS_URL")).toEqual([
    { name: "team", kind: "slack", options: { token: "BOT", channel: "deploys" } },
    { name: "ops", kind: "teams", options: { url: "TEAMS_URL" } },
  ]);
  const wrong: readonly (readonly [string, string])[] = [
    ["https://hooks.slack.com/c4nary", "line 1 does not begin with a channel's name"],
    ["team: slak token=BOT channel=x", "did you mean slack?"],
    ["team: slack tokn=c4nary channel=x", "has an option that slack does not know"],
    ["team: slack channel=x", "lacks `token` and `channel`, or `url`"],
    ["team: teams url=https://c4nary.example/x", "SAVEPOINT_NOTIFY_SECRETS"],
    ["team: slack token=xoxb-c4nary channel=x", "SAVEPOINT_NOTIFY_SECRETS"],
    ["team: teams url=A\nteam: teams url=B", "has team twice"],
  ];
  for (const [text, told] of wrong) {
    const problem = problemOf(() => channelSettings.parse(text));
    expect(problem).toContain(told);
    expect(problem).not.toContain("c4nary");
  }
  expect(problemOf(() => namedSecrets.parse("c4nary"))).toBe("line 1 does not begin with a name in capitals and `=`");
});

test("a channel whose secret is empty hears nothing and says so; the others are no worse off", () => {
  const { open, problems } = openChannels({
    channels: channelSettings.parse("team: discord url=A\nops: teams url=B"),
    secrets: namedSecrets.parse("A=https://x.example/y=z\nB="),
    info: ["team"],
    warning: undefined,
    critical: ["nobody", "team"],
  });
  expect(open.map(({ channel, hears }) => [channel.name, [...hears]])).toEqual([["team", ["info", "warning", "critical"]]]);
  expect(problems).toEqual([
    '`notify-critical` names "nobody", and there is no such channel.',
    "The channel ops hears nothing: its secret B is not given. Give it in SAVEPOINT_NOTIFY_SECRETS.",
  ]);
});

test("a template knows its placeholders alone, and looks through nothing that it puts in", () => {
  expect(problemOf(() => template.parse("{version} {process}"))).toBe("has {process}, which stands for nothing");
  const words = template.parse("{version} by {who} on {environment}: {reason}; {downtime}");
  expect(inOwnWords(words, { ...STABLE, text: "{who} $& ${who}" }).text).toBe(
    "stable-20261128-020000 by ada on shop/production: {who} $& ${who}; -",
  );
});

test("a cancelled deploy is red", () => {
  expect(titleOf({ ...HOSTILE, event: "cancelled" })).toBe("🛑 Deploy cancelled: shop/production");
});

test("each kind of channel has its row in the page on notifications", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../docs/notifications.md"), "utf8");
  expect(Object.keys(CHANNEL_KINDS).filter((kind) => !page.includes(`| \`${kind}\` |`))).toEqual([]);
});
