import type { Git } from "./git.ts";

export interface LoggedCommit {
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  /** ISO 8601 with the author's zone. */
  readonly date: string;
}

/** The commits of a range as git names it, newest first, at most `max`, with their subjects as they are. */
export async function readLog(git: Git, range: string, max: number): Promise<readonly LoggedCommit[]> {
  const text = await git.say(
    ["log", "-z", `--max-count=${max}`, "--format=%H%x00%s%x00%an%x00%aI", "--no-show-signature", range, "--"],
    "reading the commits",
  );
  const fields = text.split("\0");
  const commits: LoggedCommit[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [commit = "", subject = "", author = "", date = ""] = fields.slice(at, at + 4);
    commits.push({ commit, subject, author, date: date.trim() });
  }
  return commits;
}
