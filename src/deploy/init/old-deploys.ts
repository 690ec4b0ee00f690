/** What a job of one's own does, and what does it from now on. */
interface TakenOver {
  readonly does: string;
  readonly says: RegExp;
  readonly instead: string;
}

/** A row for each thing that scripts of one's own do, and Savepoint does. */
const TAKEN_OVER: readonly TakenOver[] = [
  { does: "logs in by ssh", says: /\bssh\s|ssh-action|\bscp\s|\brsync\s/, instead: "one connection with a strict host key" },
  { does: "dumps the database", says: /\bpg_dump(?:all)?\b/, instead: "a backup that is proven before anything changes" },
  {
    does: "restores the database",
    says: /\bpg_restore\b|\bpsql\b[^\n]*<|\bdropdb\b/,
    instead: "a restore beside the running app, swapped in by rename",
  },
  {
    does: "migrates",
    says: /migrate deploy|\bdbmate\b|\bgoose\b|\bflyway\b|migrate:latest|node-pg-migrate|migrate -path/,
    instead: "the step `migrate`, which is taken back as well",
  },
  { does: "starts containers", says: /docker[ -]compose\b[^\n]*\b(?:up|pull|build)\b/, instead: "the steps `prepare` and `switch`" },
  { does: "sets tags", says: /\bgit tag\b|\bgit push\b[^\n]*tag/, instead: "latest-stable and stable-… once the version is healthy" },
  {
    does: "goes back by itself",
    says: /HEAD~1|git reset --hard|git revert/,
    instead: "a rollback to a version that was stable, with its database",
  },
];

/** A line of a workflow that Savepoint makes needless. */
export interface OldStep {
  readonly file: string;
  readonly line: number;
  readonly does: string;
  readonly instead: string;
}

/** What of a workflow Savepoint takes over; each thing once, at its first line. Nothing where it uses Savepoint already. Pure. */
export function oldSteps(file: string, text: string): readonly OldStep[] {
  if (/uses:\s*\S+\/savepoint(?:\/|@)/.test(text)) return [];
  const lines = text.split("\n");
  return TAKEN_OVER.flatMap(({ does, says, instead }) => {
    const at = lines.findIndex((line) => says.test(line) && !/^\s*#/.test(line));
    return at < 0 ? [] : [{ file, line: at + 1, does, instead }];
  });
}
