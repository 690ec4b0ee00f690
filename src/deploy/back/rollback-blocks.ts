import { formatDuration, shortCommit } from "../../core/format.ts";
import type { Block } from "../../core/outcome.ts";
import type { Environment } from "../environment/environment.ts";
import type { RolledBack } from "./request.ts";
import { downtimeBlocks } from "../steps/downtime.ts";
import { partsText, totalOf } from "../steps/times.ts";
import { changedTables, keptBlock, rowsBlock } from "./rows.ts";
import { settingsBlock } from "./database-settings.ts";
import type { StillUp } from "../../rollout/strategy.ts";

/** What was taken back, as the summary shows it; `kept` says it of the replaced database. */
export async function rollbackBlocks(environment: Environment, rolledBack: RolledBack, kept = keptBlock): Promise<readonly Block[]> {
  const blocks: Block[] = [{ kind: "text", text: `Database: ${rolledBack.database}, because ${rolledBack.why}.` }];
  const { commits, migrations } = rolledBack;
  blocks.push(...downtimeBlocks(rolledBack.downtime));
  blocks.push({
    kind: "text",
    text: `From decision to healthy: ${formatDuration(totalOf(rolledBack.times))} (${partsText(rolledBack.times)}).`,
  });
  if (commits.length > 0) blocks.push({ kind: "code", title: "Commits taken back", lines: commits });
  if (migrations.length > 0)
    blocks.push(
      ...(rolledBack.database === "kept"
        ? keptApart(rolledBack)
        : [{ kind: "code" as const, title: "Migrations taken back", lines: migrations.map((line) => withoutSign(line)) }]),
    );
  blocks.push(...settingsBlock(rolledBack.settings));
  if (rolledBack.replaced !== undefined) {
    if (changedTables(rolledBack.rows).length > 0) blocks.push(rowsBlock(rolledBack.rows));
    blocks.push(await kept(environment, rolledBack.replaced));
  }
  return blocks;
}

/** A database that was kept because that was said keeps its migrations, too: none of them was taken back. */
function keptApart({ commit, migrations, schema }: RolledBack): readonly Block[] {
  const name = commit === undefined ? "that version" : shortCommit(commit);
  const blocks: Block[] = [
    { kind: "code", title: `Where the database is not as ${name} was seen on it`, lines: migrations.map(asItStays) },
  ];
  if (schema !== "proven") return blocks;
  return [
    ...blocks,
    { kind: "text", text: `Because \`keep\` was said and the app is healthy, this schema counts as ${name}'s from now on.` },
  ];
}

function asItStays(difference: string): string {
  const [sign, rest] = [difference.slice(0, 2), difference.slice(2)];
  if (sign === "- ") return `${rest} (is missing)`;
  return sign === "~ " ? `${rest} (is another one)` : sign === "+ " ? `${rest} (stays applied)` : difference;
}

/** What whoever reads the page tomorrow asks first. */
export function whoAndWhy({ owner }: Pick<Environment, "owner">, why: string): Block {
  const by = owner.terminal ? owner.id : `${owner.actor ?? "somebody"}, in run ${owner.id}`;
  return { kind: "text", text: `Why: ${why}\nBy: ${by}` };
}

/** `+ 003` is what the version had that was left: it was taken back. What it lacked came back, and is said. */
function withoutSign(difference: string): string {
  const [sign, rest] = [difference.slice(0, 2), difference.slice(2)];
  if (sign === "- ") return `${rest} (was missing, and is back)`;
  return sign === "~ " ? `${rest} (was changed, and is as before)` : sign === "+ " ? rest : difference;
}

/** What to do about a failed version that may go on running, as a hint. */
export function stopByHand({ what, ways }: StillUp, title: string): string {
  const how = ways.length > 0 ? "the command below stops it" : "stop it by hand, and give `stop-command`";
  return `Nothing of ${title} ran before, and the failed version is ${what}. Its database is not the one that it was made for: ${how}. Then fix the cause and deploy again.`;
}
