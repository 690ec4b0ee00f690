import { Failure } from "../../core/failure.ts";
import type { Observer } from "../../core/observer.ts";
import { quietMoment } from "../../core/quiet-moment.ts";
import { Secret } from "../../core/secret.ts";
import type { News } from "../../journal/news.ts";
import { NotSent } from "../../notify/not-sent.ts";
import { type NotifySettings, notifySection } from "../../notify/inputs.ts";
import { EVENTS, type Notification } from "../../notify/notification.ts";
import { type OpenChannel, openChannels } from "../../notify/open-channels.ts";
import { inOwnWords } from "../../notify/template.ts";
import type { ObserverWorld } from "./channel-world.ts";
import { messageFacts } from "./message-facts.ts";
import { eventOf, heard, heardBefore, type HeardDeploy } from "./news-event.ts";
import { statusWay } from "../call/next-command.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** A message is changed no oftener: whoever reads it sees no more, and the services count. Milliseconds. */
const CHANGED_EVERY = 4000;

/** The channels that the settings name, each an observer of its own: one that hangs holds no other up. */
export function tellChannels(world: ObserverWorld): readonly Observer<News>[] {
  const settings = readNotify(world);
  if (settings?.channels === undefined) return [];
  return channelsOf(settings, world).map((one) => new ChannelTeller(one, { ...world, template: settings.template }));
}

/** Who is told is no reason not to deploy, or not to go back: what cannot be read is said. */
function readNotify({ settings, ports }: Pick<ObserverWorld, "settings" | "ports">): NotifySettings | undefined {
  try {
    return settings.section(notifySection);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ports.report.warning(`Nobody is told what happens: ${error.message}`);
    return undefined;
  }
}

/** The channels that can be used. From now on their secrets print as `***`. */
export function channelsOf(
  settings: NotifySettings,
  { settings: given, ports }: Pick<ObserverWorld, "settings" | "ports">,
): readonly OpenChannel[] {
  for (const secret of settings.secrets?.values() ?? []) ports.report.mask(new Secret(secret.reveal()));
  const { open, problems } = openChannels(settings);
  // Somebody at a desk, whose channels are the journal's, may have none of their secrets.
  const said = given.saidHere().text(notifySection.name, "channels") !== undefined;
  for (const problem of problems)
    if (said) ports.report.warning(problem);
    else ports.report.detail(problem);
  return open;
}

/** Tells one channel. */
class ChannelTeller implements Observer<News> {
  readonly name: string;
  readonly #open: OpenChannel;
  readonly #world: ObserverWorld & { readonly template: string | undefined };
  readonly #hide: (text: string) => string;
  #known: HeardDeploy | undefined;
  /** By which the deploy's message is changed; null where it has none. */
  #handle: { readonly of: string; readonly handle: string | null } | undefined;
  #changedAt = 0;
  #toldToWait = false;

  constructor(open: OpenChannel, world: ObserverWorld & { readonly template: string | undefined }) {
    this.name = `the channel ${open.channel.name}`;
    this.#open = open;
    this.#world = world;
    this.#hide = withoutSecrets(world.settings);
  }

  on(news: News, signal: AbortSignal): void | Promise<void> {
    this.#known = heard(this.#known, news);
    const told = eventOf(news);
    if (told === undefined) return;
    // Whom it waits for may change; that it waits is told once.
    if (told.event === "waiting" && this.#toldToWait) return;
    this.#toldToWait ||= told.event === "waiting";
    const { channel, hears } = this.#open;
    if (told.event === "progress") {
      if (!channel.edits || Date.parse(news.at) - this.#changedAt < CHANGED_EVERY) return;
    } else if (!channel.edits && !hears.has(EVENTS[told.event].severity)) return;
    return this.#tell(news, told, signal);
  }

  async #tell(news: News, told: { readonly event: Notification["event"]; readonly text: string }, signal: AbortSignal): Promise<void> {
    const { channel, hears } = this.#open;
    const { severity } = EVENTS[told.event];
    const about = news.kind === "fact" ? news.deploy : undefined;
    try {
      await quietMoment();
      if (about !== undefined && this.#known?.id !== about) await this.#remember(about);
      const handle = about !== undefined && this.#handle?.of === about ? (this.#handle.handle ?? undefined) : undefined;
      if (handle === undefined && (told.event === "progress" || !hears.has(severity))) return;
      const message = await this.#messageOf(news, told);
      const sending = { clock: this.#world.ports.clock, random: this.#world.ports.random, signal };
      if (channel.edits && handle !== undefined) {
        this.#changedAt = Date.parse(news.at);
        await channel.send(message, handle, sending);
        // What is changed calls nobody: what matters is said anew as well.
        if (severity === "info" || !hears.has(severity)) return;
      }
      const fresh = await channel.send(message, undefined, sending);
      this.#sent(told.event, about, handle === undefined ? fresh.handle : undefined);
    } catch (error) {
      const why = this.#hide(error instanceof NotSent ? error.message : "it could not be sent");
      this.#world.note({ kind: "notify.failed", channel: channel.name, event: told.event, ...(about !== undefined && { about }), why });
      throw new NotSent(why);
    }
  }

  #sent(event: Notification["event"], about: string | undefined, handle: string | undefined): void {
    const { channel } = this.#open;
    const keeps = channel.edits && about !== undefined && handle !== undefined;
    if (keeps) this.#handle = { of: about, handle };
    if (!keeps && EVENTS[event].severity !== "critical") return;
    this.#world.note({
      kind: "notify.sent",
      channel: channel.name,
      event,
      ...(about !== undefined && { about }),
      ...(keeps && { handle }),
    });
  }

  /** What an earlier step of the same deploy said, and what happened in it. */
  async #remember(about: string): Promise<void> {
    const ledger = await this.#world.ledger();
    const record = ledger?.deploys.find(({ id }) => id === about);
    if (record !== undefined) this.#known = heardBefore(record);
    const sent = ledger?.entries.findLast(
      (entry) =>
        entry.kind === "notify.sent" && entry.about === about && entry.channel === this.#open.channel.name && entry.handle !== undefined,
    );
    this.#handle = { of: about, handle: sent?.kind === "notify.sent" ? (sent.handle ?? null) : null };
  }

  async #messageOf(news: News, { event, text }: { readonly event: Notification["event"]; readonly text: string }): Promise<Notification> {
    const { title, owner, place, template } = this.#world;
    const known = news.kind === "fact" && news.deploy === this.#known?.id ? this.#known : undefined;
    const from = known?.from;
    const between = known === undefined || from === undefined || event === "progress" ? [] : await this.#world.commits(from, known.commit);
    const { severity } = EVENTS[event];
    const message: Notification = {
      event,
      severity,
      at: news.at,
      environment: title,
      deploy: known?.id,
      text: this.#hide(text),
      facts: messageFacts(known, known?.actor ?? owner.actor).map(([name, value]) => [name, this.#hide(value)]),
      commits: between.map(this.#hide),
      command: severity === "info" ? undefined : this.#hide(statusWay(place).command),
      run: known?.run ?? owner.run,
    };
    return template === undefined ? message : inOwnWords(template, message);
  }
}
