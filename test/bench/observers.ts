import { resolve } from "node:path";
import { type FakeGithub, startGithub } from "../lab/github.ts";
import setUp from "../lab/global.ts";
import { openReceiver, type Received, type Receiver } from "../lab/receiver.ts";
import { openShop, type Shop } from "../lab/shop.ts";
import { type Findings, usually } from "./judgement.ts";
import { type Contender, interleaved, type Series } from "./rounds.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli.js");
const LIMIT_MS = 50;
const TOKEN = "bench-token";

/** A deploy of which Slack, a webhook and GitHub hear, against one of which nobody does. */
export async function benchObservers(rounds: number, say: (text: string) => void): Promise<Findings> {
  say("starting a cluster, a shop, and who hears of it");
  await using opening = new AsyncDisposableStack();
  opening.defer(await setUp());
  const shop = opening.use(await openShop());
  await shop.deployed();
  const slack = opening.use(await openReceiver(slackAnswers));
  const hook = opening.use(await openReceiver());
  const github = opening.use(await startGithub(shop.origin.url, { token: TOKEN }));
  const deploys = deploysOf(shop);
  const [alone, heard] = (await interleaved(
    [
      deploys("savepoint deploy, nobody hears of it", {}),
      deploys("savepoint deploy, three channels hear of it", heardBy({ slack, hook, github })),
    ],
    rounds,
    say,
  )) as [Series, Series];
  // Each message of each counted deploy, and of the one to warm up: what nobody was told costs nothing.
  const told = hook.received.filter(({ json }) => json.event === "stable").length;
  if (told !== rounds + 1 || slack.received.length === 0 || github.records.statuses.length === 0)
    throw new Error(
      `of ${rounds + 1} deploys the webhook heard of ${told} that are stable, Slack ${slack.received.length} times, GitHub ${github.records.statuses.length} times`,
    );
  const added: Series = {
    what: "what those who hear of it add",
    samples: heard.samples.map((ms, round) => ms - (alone.samples[round] ?? 0)),
  };
  return {
    series: [alone, heard, added],
    judgements: [usually(LIMIT_MS, added)],
    notes: [
      "The whole chain of a small app on this machine, from the start of the process to its end, in turn with and without: a Slack bot whose message is changed as the deploy goes, a signed webhook, and GitHub's deployment and commit status, each answered at once by a stand-in here. What is compared is each deploy with the one right before it.",
    ],
  };
}

function deploysOf(shop: Shop): (what: string, env: Readonly<Record<string, string>>) => Contender {
  let turn = 0;
  return (what, env) => ({
    what,
    prepare: async () => {
      turn += 1;
      await shop.commit({ files: { TURN: String(turn) } });
    },
    run: async () => {
      const began = performance.now();
      const { code, stderr } = await shop.run("deploy", {}, { program: CLI, workflow: `${9000 + turn}.1`, env });
      const ms = performance.now() - began;
      if (code !== 0 || /could not be told/.test(stderr)) throw new Error(`${what} ended with ${code}:\n${stderr}`);
      return ms;
    },
  });
}

function heardBy({
  slack,
  hook,
  github,
}: {
  readonly slack: Receiver;
  readonly hook: Receiver;
  readonly github: FakeGithub;
}): Record<string, string> {
  return {
    SAVEPOINT_NOTIFY_CHANNELS: "bot: slack token=BOT channel=deploys api=API\nhook: webhook url=HOOK secret=KEY",
    SAVEPOINT_NOTIFY_SECRETS: `BOT=bench-bot\nAPI=${slack.url}/api\nHOOK=${hook.url}/hook\nKEY=bench-key`,
    SAVEPOINT_GITHUB_DEPLOYMENTS: "true",
    SAVEPOINT_GITHUB_STATUS: "true",
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    GITHUB_TOKEN: TOKEN,
  };
}

function slackAnswers(response: { end(text: string): unknown }, _: number, { path, json }: Received): void {
  response.end(JSON.stringify({ ok: true, channel: "C0123", ts: path.endsWith("update") ? json.ts : "1700000000.000100" }));
}
