import type { CodeTable } from "./row.ts";

/** The app's code: clones, commits, tags. */
export const REPOSITORY_CODES = {
  "clone-missing": {
    happened: "`app-dir` does not exist on the host.",
    arises: "The first deploy, or a path with a slip.",
    mend: "Make the clone once, as the deploy's user: `git clone URL APP_DIR` on the host. With `transport: push` the first deploy makes it.",
  },
  "clone-plain": {
    happened: "`app-dir` is no git clone of its own with files in it.",
    arises: "The files were copied there, it is a folder inside of a clone, or a bare repository.",
    mend: "Move it aside and clone, then bring `.env` and uploads back. Or name the clone's own top folder.",
  },
  "clone-foreign": {
    happened: "git refuses the clone, because it belongs to another user (`dubious ownership`).",
    arises: "It was cloned by root, or by a person.",
    mend: "Give it to the deploy's user: `sudo chown -R USER APP_DIR`.",
  },
  "no-origin": {
    happened: "The clone has no remote named `origin`.",
    arises: "It was made by `git init`.",
    mend: "`git remote add origin URL` in the clone, or `transport: push`.",
  },
  "origin-unreachable": {
    happened: "The host cannot fetch from the repository.",
    arises:
      "No deploy key (`Permission denied (publickey)`), an unknown host key (`Host key verification failed`), a private repository over https, no network.",
    mend: "Give the host a deploy key with read access, or use `transport: push`, which brings the code over the deploy's own connection.",
  },
  "git-lock": {
    happened: "Another git command works in the clone, or one that was killed left its lock there.",
    arises: "A git of yours in `app-dir`, or a machine that was switched off.",
    mend: "When no git runs there any more, remove the `.lock` file that is named, and run it again.",
  },
  "git-failed": {
    happened: "A git command failed.",
    arises: "What git said is below the message.",
    mend: "Mend what git names. `git fsck` in the clone shows whether it is damaged.",
  },
  "not-brought": {
    happened: "The code did not arrive whole on the host.",
    arises: "A lost connection, a full disk, another git at work there.",
    mend: "Nothing of it is used. Mend what is named and run it again.",
  },
  "unknown-commit": {
    happened: "A commit, tag or branch is not known where it is looked for.",
    arises: "It was not pushed, was removed by a forced push, or the checkout is shallow.",
    mend: "Push it, or check out with `fetch-depth: 0`. Write all 40 characters where a full id is wanted.",
  },
  "no-checkout": {
    happened: "This needs the checkout of the deploy's commit, and that is not here.",
    arises: "A job without `actions/checkout`, or one that checks out something else.",
    mend: "Add `actions/checkout` before the step, at the deploy's commit.",
  },
  "work-tree": {
    happened: "The host's work tree has changes that are not in any commit, or cannot be checked out.",
    arises: "Somebody edited files in `app-dir`.",
    mend: "Commit them elsewhere or put them aside: `git stash` in `app-dir`, without `-u`, which would take `.env` and uploads along. A file that is in no commit and stands in the way is moved by hand.",
  },
  "others-work-tree": {
    happened: "`app-dir` is used by another environment already.",
    arises: "Two environments with the same `app-dir`.",
    mend: "Give each environment a clone of its own.",
  },
  "tags-conflict": {
    happened: "Somebody else moved a stable tag meanwhile.",
    arises: "A run beside this one, or tags that are moved by hand.",
    mend: "The version is stable in the journal. Run `mark-stable` again: it looks anew.",
  },
  "tags-refused": {
    happened: "The repository refuses to move the stable tags.",
    arises: "A ruleset, protected tags or a hook (GitHub's `GH013: Repository rule violations`).",
    mend: "Let the ruleset cover `v*` only, or let the token's owner bypass it; or choose another `tag-prefix`.",
  },
  "tags-permission": {
    happened: "The token or key may not move tags.",
    arises:
      "The workflow lacks `permissions: contents: write` (GitHub: `Resource not accessible by integration`), or the deploy key is read-only.",
    mend: "Add `permissions: { contents: write }` to the job, or give `token`.",
  },
  "tags-unreachable": {
    happened: "The repository did not answer, or does not answer now.",
    arises: "GitHub is down, the rate limit is used up, no network.",
    mend: "The version is stable in the journal; its tags follow with the next command that reaches the repository, or with `mark-stable`.",
  },
  "no-tag-remote": {
    happened: "There is no way from here to the repository's tags.",
    arises: "No checkout, no token, and no clone with a remote on the host.",
    mend: "Run `mark-stable` from a checkout, or give `token`.",
  },
  "foreign-tag": {
    happened: "A tag of that name exists, and is another app's or environment's.",
    arises: "Two apps in one repository with the same `tag-prefix`.",
    mend: "Give each a `tag-prefix` of its own.",
  },
  "taken-back": {
    happened: "The version was confirmed and has been taken back since.",
    arises: "A rollback by hand ended while this run still had tags to move.",
    mend: "Nothing: its tags are right not to move. `status` shows the stable version.",
  },
} as const satisfies CodeTable;
