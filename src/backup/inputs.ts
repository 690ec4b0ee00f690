import { type Section, input } from "../core/input.ts";
import { choice, count, duration, flag, line, size } from "../core/kinds.ts";
import { ASKED } from "./choose-verification.ts";
import { PURPOSES } from "./manifest.ts";

/** How backups are taken, proven and let go. */
export const backupSection = {
  name: "backup",
  inputs: {
    purpose: input(choice(...PURPOSES), {
      description: "Why it is taken. `pre-deploy` opens a deploy; `scheduled` and `manual` open nothing and are counted apart.",
      default: "pre-deploy",
      perRun: true,
    }),
    verify: input(choice(...ASKED), {
      description:
        "`read`: every byte is read back and checksummed. `restore`: also restored into a side database and compared. `auto`: restored where no backup of this schema was yet and it takes less than `verify-budget`, else read.",
      default: "auto",
    }),
    warm: input(flag, {
      description:
        "Keep the copy that proved a deploy's backup until the deploy ends: a rollback then swaps it in at once, however large it is. Takes `verify: restore` and the room for one more copy.",
      default: "false",
    }),
    "verify-budget": input(duration, {
      description:
        "How long `verify: auto` may restore, by the times of earlier restores; where there are none, databases below 2 GB are restored.",
      default: "2m",
    }),
    "keep-last": input(count(), { description: "Keep this many of the newest.", default: "10" }),
    "keep-daily": input(count(), { description: "Keep the last one of each day (UTC) for this many days.", default: "30" }),
    "keep-weekly": input(count(), { description: "Keep the last one of each ISO week for this many weeks.", default: "0" }),
    "keep-monthly": input(count(), { description: "Keep the last one of each month for this many months.", default: "0" }),
    "min-keep": input(count({ min: 1 }), {
      description: "The newest verified ones that stay, whatever the other rules say.",
      default: "3",
    }),
    "max-age-days": input(count({ min: 1 }), {
      description: "Delete what is older, whatever keeps it (privacy law). Only what an open deploy or this run made is spared.",
    }),
    "keep-replaced": input(count(), { description: "Keep this many of the databases that swaps replaced, the newest.", default: "3" }),
    "keep-replaced-days": input(count(), { description: "Keep every replaced database for this many days.", default: "7" }),
    "max-replaced": input(count(), {
      description: "Where the rules keep more replaced databases than this, the next deploy is refused until one is dropped by hand.",
      default: "10",
    }),
    "max-total-size": input(size, { description: "Delete the oldest of what only the keep rules hold until the rest fits, e.g. `20GB`." }),
  },
} as const satisfies Section;

/** What a restore by hand is told. */
export const restoreSection = {
  name: "restore",
  inputs: {
    backup: input(line, {
      description: "What to restore: a backup's id, its deploy's id, its file, or `latest`. Without it, the backups are listed.",
      perRun: true,
    }),
    confirm: input(line, { description: "The environment's name, typed in, to confirm.", perRun: true }),
    foreign: input(flag, {
      description: "Restore a backup of another database or server, e.g. after a move to a new one. Refused where it is not said.",
      default: "false",
      perRun: true,
    }),
    drill: input(flag, {
      description: "Restore into a side database, compare, and drop it; the live database is not touched.",
      default: "false",
      perRun: true,
    }),
  },
} as const satisfies Section;
