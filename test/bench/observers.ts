import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startGithub } from "../lab/github.ts";
import setUp from "../lab/global.ts";
import { openReceiver, type Received, type Receiver } from "../lab/receiver.ts";
import { openShop, type Shop } from "../lab/shop.ts";
import { type Findings, usually } from "./judgement.ts";
import { type Contender, interleaved, type Series } from "./rounds.ts";

const CLI = resolve(import.meta.dirname, "../../dist/cli.js");
const INSIDE = resolve(import.meta.dirname, "inside.ts");
const LIMIT_MS = 50;
const TOKEN = "bench-token";

/** A deploy of which Slack, a webhook and GitHub hear, against one of which nobody does: from opened to closed in the journal. */
export async function benchObservers(rounds: number, say: (text: string) => void): Promise<Findings> {
  say("starting a cluster, a shop, and who hears of it");
  await using opening = new AsyncDisposableStack();
  opening.defer(await setUp());
  const shop = opening.use(await openShop());
  await shop.deployed();
  const slack = opening.use(await openReceiver(slackAnswers));
  const hook = opening.use(await openReceiver());
  const github = opening.use(await startGithub(shop.origin.url, { token: TOKEN }));
  const cpu = new Map<string, number[]>();
  const deploys = deploysOf(shop, cpu, {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    // Every workflow has one, whoever hears of it.
    GITHUB_TOKEN: TOKEN,
  });
  const [ALONE, HEARD] = ["opened to closed, nobody hears of it", "opened to closed, three channels hear of it"] as const;
  const [alone, heard] = (await interleaved([deploys(ALONE, {}), deploys(HEARD, heardBy({ slack, hook }))], rounds, say)) as [
    Series,
    Series,
  ];
  // Each message of each counted deploy, and of the one to warm up: what nobody was told costs nothing.
  const told = hook.received.filter(({ json }) => json.event === "stable").length;
  if (told !== rounds + 1 || slack.received.length === 0 || github.records.statuses.length === 0)
    throw new Error(
      `of ${rounds + 1} deploys the webhook heard of ${told} that are stable, Slack ${slack.received.length} times, GitHub ${github.records.statuses.length} times`,
    );
  const threadOf = (what: string): Series => ({ what: `${what}: CPU of the deploy's own thread`, samples: cpu.get(what)?.slice(1) ?? [] });
  const added = addedBy("what those who hear of it add from opened to closed", alone, heard);
  const threads = [threadOf(ALONE), threadOf(HEARD)] as const;
  return {
    series: [alone, heard, added, ...threads, addedBy("what those who hear of it add to that CPU", ...threads)],
    judgements: [usually(LIMIT_MS, added)],
    notes: [
      "The chain of a small app on this machine, from the journal's `deploy.opened` to its `deploy.closed`, in turn with and without: a Slack bot whose message is changed as the deploy goes, a signed webhook, and GitHub's deployment and commit status, each answered at once by a stand-in here. What is compared is each deploy with the one right before it. What is loaded and put together to tell them takes CPU of the deploy's own thread, mostly in moments in which the deploy waits for a program; where other work keeps both cores busy, the time is that work's, and the CPU is what can be compared.",
    ],
  };
}

/** Each of one series against the one right before it. */
function addedBy(what: string, alone: Series, heard: Series): Series {
  return { what, samples: heard.samples.map((ms, round) => ms - (alone.samples[round] ?? 0)) };
}

function deploysOf(
  shop: Shop,
  cpu: Map<string, number[]>,
  always: Readonly<Record<string, string>>,
): (what: string, env: Readonly<Record<string, string>>) => Contender {
  let turn = 0;
  return (what, env) => ({
    what,
    prepare: async () => {
      turn += 1;
      await shop.commit({ files: { TURN: String(turn) } });
    },
    run: async () => {
      const noted = join(shop.folder, `inside-${turn}`);
      const { code, stderr } = await shop.run(
        "deploy",
        {},
        { program: CLI, workflow: `${9000 + turn}.1`, env: { ...always, ...env, BENCH_INSIDE: noted, NODE_OPTIONS: `--import ${INSIDE}` } },
      );
      if (code !== 0 || /could not be told/.test(stderr)) throw new Error(`${what} ended with ${code}:\n${stderr}`);
      const { wallMs, cpuMs } = JSON.parse(await readFile(noted, "utf8")) as { readonly wallMs: number; readonly cpuMs: number };
      cpu.set(what, [...(cpu.get(what) ?? []), cpuMs]);
      return wallMs;
    },
  });
}

function heardBy({ slack, hook }: { readonly slack: Receiver; readonly hook: Receiver }): Record<string, string> {
  return {
    SAVEPOINT_NOTIFY_CHANNELS: "bot: slack token=BOT channel=deploys api=API\nhook: webhook url=HOOK secret=KEY",
    SAVEPOINT_NOTIFY_SECRETS: `BOT=bench-bot\nAPI=${slack.url}/api\nHOOK=${hook.url}/hook\nKEY=bench-key`,
    SAVEPOINT_GITHUB_DEPLOYMENTS: "true",
    SAVEPOINT_GITHUB_STATUS: "true",
  };
}

function slackAnswers(response: { end(text: string): unknown }, _: number, { path, json }: Received): void {
  response.end(JSON.stringify({ ok: true, channel: "C0123", ts: path.endsWith("update") ? json.ts : "1700000000.000100" }));
}
