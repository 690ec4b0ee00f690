import { SHARED } from "../../core/input.ts";
import { insertSettings } from "./insert-settings.ts";

/** One setting of the environment, as `savepoint.yml` holds it. */
export interface DraftValue {
  /** Empty for what all share. */
  readonly section: string;
  readonly name: string;
  /** As it would be given; of a list one entry a line. */
  readonly text: string;
}

export interface SettingsDraft {
  readonly app: string;
  readonly environment: string;
  readonly values: readonly DraftValue[];
}

const SCHEMA = "# yaml-language-server: $schema=https://raw.githubusercontent.com/OWNER/savepoint/v1/savepoint.schema.json\n";

/** A settings file for one environment. Pure but for loading the parser. */
export async function newSettings({ app, environment, values }: SettingsDraft): Promise<string> {
  const { stringify } = await import("yaml");
  const settings: Record<string, unknown> = {};
  for (const { section, name, text } of values) {
    if (section === SHARED) settings[name] = valueOf(text);
    else settings[section] = { ...(settings[section] as object | undefined), [name]: valueOf(text) };
  }
  return SCHEMA + stringify({ app, environments: { [environment]: settings } }, { lineWidth: 0 });
}

/** The environments that a settings file has, in its order. */
export async function environmentsIn(text: string | undefined): Promise<readonly string[]> {
  if (text === undefined) return [];
  const { parse } = await import("yaml");
  const said: unknown = parse(text, { stringKeys: true });
  const named = typeof said === "object" && said !== null && "environments" in said ? said.environments : undefined;
  return typeof named === "object" && named !== null ? Object.keys(named) : [];
}

/** The same file with these values in it; all else, comments too, stays. The very same text where nothing is to be changed. */
export async function changedSettings(text: string, { environment, values }: SettingsDraft): Promise<string> {
  if (values.length === 0) return text;
  const yaml = await import("yaml");
  const wanted = values.map(({ section, name, text: value }) => ({
    path: ["environments", environment, ...(section === SHARED ? [name] : [section, name])],
    value: valueOf(value),
  }));
  const inserted = insertSettings(yaml, text, wanted);
  if (inserted !== undefined) return inserted;
  const document = yaml.parseDocument(text, { stringKeys: true });
  for (const { path, value } of wanted) document.setIn(path, document.createNode(value));
  return document.toString({ lineWidth: 0 });
}

function valueOf(text: string): string | readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 1 ? lines : text;
}
