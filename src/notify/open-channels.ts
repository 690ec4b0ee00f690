import type { Secret } from "../core/secret.ts";
import type { Channel, ChannelSetting } from "./channel.ts";
import type { NotifySettings } from "./inputs.ts";
import { CHANNEL_KINDS } from "./kinds.ts";
import type { Severity } from "./notification.ts";

/** A channel that can be used, and what it hears of. */
export interface OpenChannel {
  readonly channel: Channel;
  readonly hears: ReadonlySet<Severity>;
}

interface ClosedChannel {
  readonly name: string;
  readonly lacks: readonly string[];
}

interface OpenChannels {
  readonly open: readonly OpenChannel[];
  /** The channels that cannot be used, and the secrets that they lack. */
  readonly closed: readonly ClosedChannel[];
  /** What is wrong, in sentences: secrets that are not given, names that are no channel's. */
  readonly problems: readonly string[];
}

const SEVERITIES: readonly Severity[] = ["info", "warning", "critical"];

/** The channels as the settings have them. What is wrong with one is no matter of the others. */
export function openChannels(settings: Pick<NotifySettings, "channels" | "secrets" | Severity>): OpenChannels {
  const channels = settings.channels ?? [];
  const open: OpenChannel[] = [];
  const closed: ClosedChannel[] = [];
  const problems: string[] = [];
  for (const severity of SEVERITIES)
    for (const name of settings[severity] ?? [])
      if (!channels.some((one) => one.name === name))
        problems.push(`\`notify-${severity}\` names ${JSON.stringify(name)}, and there is no such channel.`);
  for (const setting of channels) {
    const hears = new Set(SEVERITIES.filter((severity) => settings[severity]?.includes(setting.name) ?? true));
    const { channel, lacks } = openOne(setting, settings.secrets ?? new Map());
    if (channel === undefined) {
      const one = { name: setting.name, lacks };
      closed.push(one);
      problems.push(whyClosed(one));
    } else open.push({ channel, hears });
  }
  return { open, closed, problems };
}

/** In a sentence. */
export function whyClosed({ name, lacks }: ClosedChannel): string {
  return `The channel ${name} hears nothing: its secret ${lacks.join(", ")} is not given. Give it in SAVEPOINT_NOTIFY_SECRETS.`;
}

function openOne(
  { name, kind, options }: ChannelSetting,
  given: ReadonlyMap<string, Secret>,
): { readonly channel?: Channel; readonly lacks: readonly string[] } {
  const row = CHANNEL_KINDS[kind];
  const secrets: Record<string, Secret> = {};
  const lacks: string[] = [];
  for (const [option, value] of Object.entries(options)) {
    if (row?.options[option] !== "secret") continue;
    const secret = given.get(value);
    if (secret === undefined) lacks.push(value);
    else secrets[option] = secret;
  }
  return row === undefined || lacks.length > 0 ? { lacks } : { channel: row.open({ name, options, secrets }), lacks };
}
