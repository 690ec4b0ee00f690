/**
 * Each way that can be printed, by what its sentence begins with. A unit test holds that every sentence of the sources is here,
 * and that each of these is pasted; the table of failures says which of them a failure prints.
 */
export const WAYS = {
  status: /^Shows how things stand; changes nothing\.$/,
  list: /^Lists what there is to go back to; changes nothing\.$/,
  "follow it": /^Follows it until it is closed\.$/,
  look: /^Looks at what is true now, and takes code and database back to /,
  "look, code alone": /^Takes the code back to /,
  "go on": /^Goes on with the rollback that was begun\.$/,
  "next step": /^Goes on with .+ deploy .+: /,
  keep: /^Takes the code to .+ and leaves the database as it is, with every row; nobody proved that the two fit\.$/,
  down: /^Takes the code to .+ and the migrations since back by their DOWN; other rows stay.*\.$/,
  restore: /^Takes the code to .+ and the database to the backup of .+; .+\.$/,
  "failed before": /^Goes back to .+, which ran before, although it is known to have failed\.$/,
  "another backup": /^Takes the database to the backup of .+, and the code to .+, which ran then; /,
  "once mended": /^Only once what failed is mended: /,
  unlock: /^Ends deploy .+ as it stands and lets the next one begin; takes nothing back\. For when it was put right by hand\.$/,
  "unlock, confirmed": /^Ends .+ as it stands and lets the next deploy begin; takes nothing back\.$/,
  "recover, forward": /^Confirms .+: .+\.$/,
  "recover, said": /^You confirm that it is ended: it looks again, and would then .+\.$/,
  ask: /^Asks the app again and changes nothing: for when the cause was mended\.$/,
  start: /^Asks .+, and starts it once more where it does not answer; the database stays as it is\.$/,
  "bring back": /^Brings back the database that was replaced by /,
  "restore alone": /^Restores the backup, and leaves the code as it is\.$/,
  "restore, of a list": /^Shows what restoring the backup .+ would do\.$/,
  "drill, of a list": /^Proves the backup .+, beside the live database, which stays as it is\.$/,
  "bring back, of a list": /^Shows what bringing back .+ would do, which was live until .+\.$/,
  "restore, confirmed": /^Restores .+; the live database is kept under another name\.$/,
  "code to the schema": /^Takes the code to .+, whose schema it is, and leaves the database as it is(?: now)?\.$/,
  "schema to the code": /^Looks for a way of the database to .+'s schema, shows what each would leave behind, and asks\.$/,
  "undo the restore": /^Undoes the restore: brings back the database that was live before it, with every row; /,
  tags: /^Moves the stable tags to /,
  "tags, once mended": /^Only once what stands in their way is mended: /,
  "deploy, quarantined": /^Deploys .+ all the same; the reason is journaled: say the true one\.$/,
  "deploy, confirmed": /^Carries out this plan\.$/,
  "mark, confirmed": /^Marks .+ stable\.$/,
  "to a stable version": /^Goes to that stable version; another tag of the list may stand in its place\.$/,
  "what a restore would do": /^Shows what restoring that backup would do, and the command that does it; /,
  "drop the oldest": /^Drops the oldest\. What was written to it after its restore point is gone then\.$/,
  "remove what is up": /^Removes .+: nothing of the app ran before\.$/,
  "stop again": /^Runs `stop-command` again\.$/,
  "lines out": /^Takes .+ out, and keeps the journal as it is now in journal\.jsonl\.damaged\. /,
  "lock away": /^Removes it, where no step runs; the journal says what is open\.$/,
  "identity away": /^Removes it\. Give `app` and `environment` then, where no savepoint\.yml does; /,
  "link away": /^Removes the link; what it leads to stays\.$/,
  "give the folder": /^Gives it to the user that runs this\.$/,
  "close the folder": /^Takes that away; then run this again\.$/,
} as const satisfies Readonly<Record<string, RegExp>>;

export type WayName = keyof typeof WAYS;

/** The names of all ways that a sentence may be; a sound catalogue has one. */
export function namesOf(means: string): readonly WayName[] {
  return (Object.keys(WAYS) as WayName[]).filter((name) => WAYS[name].test(means));
}
