import { type Section, type Values, input } from "../core/input.ts";
import { flag, timeLimit } from "../core/kinds.ts";
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
    "repeat-every": input(timeLimit, {
      description: "How often, at most, `notify --repeat` tells a channel the same again.",
      default: "1h",
    }),
    test: input(flag, { description: "Sends a test message to every channel, whatever it is to hear of.", default: "false", perRun: true }),
    repeat: input(flag, {
      description: "Where the environment needs a person, tells again whoever hears of what is critical.",
      default: "false",
      perRun: true,
    }),
    "waiting-for-approval": input(flag, {
      description: "Tells that this workflow run waits for a person to approve it, where the environment has such a rule.",
      default: "false",
      perRun: true,
    }),
  },
} as const satisfies Section;

export type NotifySettings = Values<typeof notifySection.inputs>;
