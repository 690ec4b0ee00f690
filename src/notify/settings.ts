import type { Kind } from "../core/kinds.ts";
import { nearest } from "../core/nearest.ts";
import { Secret } from "../core/secret.ts";
import type { ChannelSetting } from "./channel.ts";
import { CHANNEL_KINDS } from "./kinds.ts";

const NAME = /^[a-z][a-z0-9_-]{0,39}$/;
const SECRET_NAME = /^[A-Z][A-Z0-9_]{0,79}$/;

function linesOf(text: string): readonly (readonly [line: string, number: number])[] {
  const all = text.split(/\r?\n/).map((line, at) => [line.trim(), at + 1] as const);
  return all.filter(([line]) => line !== "");
}

/** Its errors repeat no value: where somebody put a secret in a name's place, it must not be seen. */
export const channelSettings: Kind<readonly ChannelSetting[]> = {
  form: "`name: kind option=value …`, one channel a line",
  entries: { between: ": " },
  parse(text) {
    const channels = linesOf(text).map(([line, number]) => channelIn(line, number));
    const twice = channels.find(({ name }, at) => channels.findIndex((one) => one.name === name) !== at);
    if (twice !== undefined) throw new Error(`has ${twice.name} twice`);
    return channels;
  },
};

function channelIn(line: string, number: number): ChannelSetting {
  const [, name = "", rest = ""] = /^([^:\s]+):\s+(.+)$/.exec(line) ?? [];
  if (!NAME.test(name)) throw new Error(`line ${number} does not begin with a channel's name (small letters, digits, dashes) and a colon`);
  const [kind = "", ...words] = rest.split(/\s+/);
  const row = CHANNEL_KINDS[kind];
  const kinds = Object.keys(CHANNEL_KINDS);
  if (row === undefined) {
    const near = nearest(kind, kinds);
    throw new Error(`${name} is of no kind that there is: ${near === undefined ? kinds.join(", ") : `did you mean ${near}?`}`);
  }
  const options: Record<string, string> = {};
  for (const word of words) {
    const [, option = "", value = ""] = /^([a-z]+)=(.+)$/.exec(word) ?? [];
    const sort = row.options[option];
    const names = Object.keys(row.options);
    if (sort === undefined) throw new Error(`${name} has an option that ${kind} does not know: there are ${names.join(", ")}`);
    if (sort === "secret" && !SECRET_NAME.test(value))
      throw new Error(
        `${name}: \`${option}\` must be the name of a secret in capitals, and not the secret itself. Give the value as NAME=value in SAVEPOINT_NOTIFY_SECRETS; if it stands in a file, it is no secret any more: make a new one`,
      );
    options[option] = value;
  }
  if (!row.needs.some((set) => set.every((option) => options[option] !== undefined)))
    throw new Error(`${name} lacks ${row.needs.map((set) => set.map((option) => `\`${option}\``).join(" and ")).join(", or ")}`);
  return { name, kind, options };
}

/** `NAME=value`, one a line. A name without a value counts as not given: so an unset secret of a workflow comes. */
export const namedSecrets: Kind<ReadonlyMap<string, Secret>> = {
  form: "`NAME=value`, one a line",
  parse(text) {
    const secrets = new Map<string, Secret>();
    for (const [line, number] of linesOf(text)) {
      const cut = line.indexOf("=");
      const name = line.slice(0, Math.max(0, cut)).trim();
      if (!SECRET_NAME.test(name)) throw new Error(`line ${number} does not begin with a name in capitals and \`=\``);
      const value = line.slice(cut + 1).trim();
      if (value !== "") secrets.set(name, new Secret(value));
    }
    return secrets;
  },
};

/** Names of channels, separated by commas, spaces or lines. */
export const channelNames: Kind<readonly string[]> = {
  form: "names of channels",
  entries: {},
  parse: (text) => text.split(/[\s,]+/).filter((name) => name !== ""),
};
