import { formatDuration, plural, shortCommit } from "../../core/format.ts";
import type { HeardDeploy } from "./news-event.ts";

/** What is known of a deploy, as name and value. Pure. */
export function messageFacts(known: HeardDeploy | undefined, who: string | undefined): readonly (readonly [string, string])[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["version", known === undefined ? undefined : (known.tag ?? shortCommit(known.commit))],
    ["commit", known?.commit],
    ["before", known?.from === undefined ? undefined : shortCommit(known.from)],
    ["who", who],
    ["reason", known?.reason],
    ["migrations", known?.migrations === undefined ? undefined : plural(known.migrations, "migration")],
    ["downtime", known?.downtimeMs === undefined ? undefined : formatDuration(known.downtimeMs)],
    ["database", known?.database],
    ["replaced database", known?.replaced],
    ["rows in it", known?.rows],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
