import type { Way } from "../../core/way.ts";
import { quote } from "../../machine/quote.ts";
import type { PlannedFile } from "./planned-files.ts";

/** The same call once more, told to change what is there. `words` call it as it was called. */
export function replaceWay(words: readonly string[]): Way {
  return { command: quote([...words, "--replace"]), means: "Changes the files that are there, as shown." };
}

export function commitWay(files: readonly PlannedFile[]): Way {
  const add = quote(["git", "add", "--", ...files.map(({ path }) => path)]);
  return {
    command: `${add} && git commit --message 'Deploy by Savepoint' && git push origin HEAD`,
    means: "Commits the files and pushes them: what stands on GitHub then deploys.",
  };
}
