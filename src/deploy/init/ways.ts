import type { Machine } from "../../core/machine.ts";
import type { Way } from "../../core/way.ts";
import { quote } from "../../machine/quote.ts";
import type { PlannedFile } from "./planned-files.ts";

/** The same call once more, told to change what is there. `words` call it as it was called. */
export function replaceWay(words: readonly string[]): Way {
  return { command: quote([...words, "--replace"]), means: "Changes the files that are there, as shown." };
}

/** The same call once more: it looks again, and at what stood behind. */
export function againWay(words: readonly string[]): Way {
  return { command: quote(words), means: "Then looks again: what is done is found done." };
}

/** What is left of a repository that is ready: the commit, and the deploy. */
export async function lastWays(
  { here, root }: { readonly here: Machine; readonly root: string },
  files: readonly PlannedFile[],
  deploy: readonly string[],
): Promise<readonly Way[]> {
  const paths = files.map(({ path }) => path);
  const { stdout } = await here.run({ words: ["git", "status", "--porcelain", "--", ...paths], cwd: root, repeatable: true });
  const commit = `${quote(["git", "add", "--", ...paths])} && git commit --message 'Deploy by Savepoint' && git push origin HEAD`;
  return [
    ...(stdout === "" ? [] : [{ command: commit, means: "Commits the files and pushes them, with which GitHub deploys." }]),
    { command: quote(deploy), means: "Deploys what is checked out from here, without GitHub." },
  ];
}
