import { type Section, type Values, input } from "../core/input.ts";
import { channelNames, channelSettings, namedSecrets } from "./settings.ts";
import { template } from "./template.ts";

/** Who is told of what happens. Nothing of it decides what a deploy does. */
export const notifySection = {
  name: "notify",
  inputs: {
    channels: input(channelSettings, {
      description:
        "Who is told, one channel a line: `team: slack token=SLACK_TOKEN channel=deploys`. Kinds: slack, teams, discord, webhook, email. Words in capitals name secrets of `notify-secrets`.",
    }),
    secrets: input(namedSecrets, {
      description:
        "The channels' secrets, `NAME=value`, one a line: webhook addresses, tokens. A name without a value switches its channels off.",
      secret: true,
    }),
    info: input(channelNames, { description: "The channels that hear of started, stable and waiting deploys. Default: all." }),
    warning: input(channelNames, { description: "The channels that hear of what failed, was cancelled or rolled back. Default: all." }),
    critical: input(channelNames, {
      description: "The channels that hear at once of what needs a person, and of backups that failed. Default: all.",
    }),
    template: input(template, {
      description:
        "What a message says in its own words: text with `{event}`, `{environment}`, `{version}`, `{commit}`, `{reason}`, `{who}`, `{downtime}`. Default: what happened.",
    }),
  },
} as const satisfies Section;

export type NotifySettings = Values<typeof notifySection.inputs>;
