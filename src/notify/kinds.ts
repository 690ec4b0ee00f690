import type { ChannelKind } from "./channel.ts";
import { discordKind } from "./discord.ts";
import { emailKind } from "./email.ts";
import { slackKind } from "./slack.ts";
import { teamsKind } from "./teams.ts";
import { webhookKind } from "./webhook.ts";

/** The kinds of channels. Another one is a file and a row. */
export const CHANNEL_KINDS: Readonly<Record<string, ChannelKind>> = {
  slack: slackKind,
  teams: teamsKind,
  discord: discordKind,
  webhook: webhookKind,
  email: emailKind,
};
