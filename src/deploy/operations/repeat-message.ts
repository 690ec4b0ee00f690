import { messageOf } from "../../core/failure.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Fact } from "../../journal/entries.ts";
import type { Ledger } from "../../journal/ledger.ts";
import { notifySection } from "../../notify/inputs.ts";
import type { Notification } from "../../notify/notification.ts";
import { channelsOf } from "../telling/tell-channels.ts";
import { type Environment, stateOf } from "../environment/environment.ts";
import { messageFacts } from "../telling/message-facts.ts";
import { heardBefore } from "../telling/news-event.ts";
import { statusWay } from "../call/next-command.ts";
import { withoutSecrets } from "../telling/without-secrets.ts";
import { takeRepeatTurn } from "./repeat-turn.ts";
import { lookAtStanding, waysNow } from "./standing-now.ts";
import { tellEach, toldOutcome } from "./tell-each.ts";

const EVENT = "needs-a-person";
const TOLD_LATELY = "needs a person, and every channel was told so a short while ago";

/** Where the environment needs a person, says so again to whoever hears of what is critical and heard it long enough ago. */
export async function repeatCritical(environment: Environment): Promise<Outcome> {
  const { title, owner, ports, shared, settings } = environment;
  const nothing = (headline: string): Outcome => ({ outputs: { told: [], failed: [] }, headline: `${title}: ${headline}`, blocks: [] });
  const notify = environment.settingsOf(notifySection);
  const hearing = channelsOf(notify, environment).filter(({ hears }) => hears.has("critical"));
  if (hearing.length === 0) return nothing("no channel hears of what is critical");
  const now = await lookAtStanding(environment);
  if (!now.needsAPerson) return nothing("needs nobody; no channel is told");
  const { ledger } = now;
  const about = ledger.open?.id;
  const before = ports.clock.now().getTime() - notify["repeat-every"];
  const dueBy = (told: Ledger) =>
    hearing.filter(({ channel }) => (lastTold(told, channel.name, about) ?? Number.NEGATIVE_INFINITY) <= before);
  const first = dueBy(ledger);
  if (first.length === 0) return nothing(TOLD_LATELY);
  const names = first.map(({ channel }) => channel.name).join(", ");
  if (shared["dry-run"]) return nothing(`needs a person; would tell ${names} so again`);
  const [way] = await waysNow(environment, now);
  const hide = withoutSecrets(settings);
  const record = ledger.open ?? ledger.deploys.at(-1);
  const known = record === undefined ? undefined : heardBefore(record);
  const message: Notification = {
    event: EVENT,
    severity: "critical",
    at: ports.clock.now().toISOString(),
    environment: title,
    deploy: about,
    text: hide(`Still so: ${now.headline}`),
    facts: [
      ...messageFacts(known, known?.actor).map(([name, value]) => [name, hide(value)] as const),
      ...(record === undefined ? [] : [["since", record.end?.at ?? record.lastAt] as const]),
    ],
    commits: [],
    command: hide((way ?? statusWay({ app: environment.app, name: environment.name, shared, ports })).command),
    run: known?.run ?? owner.run,
  };
  const taken = await takeRepeatTurn(environment);
  if (taken.whose !== "ours") return nothing(`needs a person, and ${taken.owner} tells it at this moment`);
  await using turn = taken.turn;
  // Whoever had the turn a moment ago told it.
  const due = dueBy(await stateOf(environment).journal.read());
  if (due.length === 0) return nothing(TOLD_LATELY);
  if (!(await turn.still())) return nothing("needs a person, and another run took over to tell it, as this one was silent for a minute");
  const told = await tellEach(due, () => message, ports);
  for (const { channel, sent, answer } of told) {
    const fact = sent ? ({ kind: "notify.sent" } as const) : ({ kind: "notify.failed", why: answer } as const);
    await note(environment, { ...fact, channel, event: EVENT, ...(about !== undefined && { about }) });
  }
  return toldOutcome(title, "that a person is still needed was", told, [
    { kind: "text", text: [message.text, `Next: ${message.command}`].join("\n") },
  ]);
}

/** When a channel last took that message about the same, in milliseconds since the epoch. Pure. */
function lastTold({ entries }: Ledger, channel: string, about: string | undefined): number | undefined {
  const last = entries.findLast(
    (entry) => entry.kind === "notify.sent" && entry.channel === channel && entry.event === EVENT && entry.about === about,
  );
  return last === undefined ? undefined : Date.parse(last.at);
}

/** Under no lock of the deploys', as all that is written of messages. What cannot be written down is said again by the next run. */
async function note(environment: Environment, fact: Fact): Promise<void> {
  const { ports, owner } = environment;
  try {
    await stateOf(environment).journal.write(fact, { at: ports.clock.now(), owner: owner.id });
  } catch (error) {
    ports.report.warning(`Who was told could not be written to the journal, so the next run says it again: ${messageOf(error)}`);
  }
}
