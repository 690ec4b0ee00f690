import type { CodeTable } from "./row.ts";

/** What was given, and what the caller's machine has. */
export const CALL_CODES = {
  inputs: {
    happened: "Something that was given is missing, cannot be read, or does not go with something else.",
    arises: "A slip in a flag, in `with:`, in a `SAVEPOINT_*` variable or in `savepoint.yml`; a setting that was never given.",
    mend: "Every wrong input is named with what would be right: give all of them, and run it again. `doctor` looks at the settings without a deploy.",
  },
  usage: {
    happened: "The command line does not begin with an operation that there is.",
    arises: "A flag before the operation, or a slip in its name.",
    mend: "Put the operation first. `--help` lists all of them.",
  },
  "no-file": {
    happened: "A file that a setting or an address names cannot be read here.",
    arises: "A path that is right on another machine, a secret that was never written to its file, a file of another user.",
    mend: "Check the path on the machine that the message names, and who may read it. Some settings take the text itself as well as a path.",
  },
  "bad-certificate": {
    happened: "A file of certificates holds none, or one that cannot be read.",
    arises: "A private key, a DER file or an empty secret where PEM text is wanted.",
    mend: "Give the CA's certificate as PEM: text that begins with `-----BEGIN CERTIFICATE-----`.",
  },
  "env-file": {
    happened: "A setting is `env:NAME`, and the host's `.env` does not give that value.",
    arises: "`app-dir` is another folder, the name differs, or the file is not readable by the deploy's user.",
    mend: "Check the name in the `.env` of `app-dir` on the host, and that the user of `host` may read the file.",
  },
  "not-confirmed": {
    happened: "This changes what people use, and was not confirmed.",
    arises: "`confirm` is missing, or is not the environment's name.",
    mend: "Say the environment's name: `rollback --confirm production`. The message names all that is missing at once.",
  },
  "app-unknown": {
    happened: "Which app is meant is not said, and the host does not say it either.",
    arises: "The host holds several apps, or none under this user.",
    mend: "Give `app`, or call it from the app's checkout. Check that `host` logs in as the user who deploys.",
  },
  "outputs-not-set": {
    happened: "The work is done, and the step's outputs could not be written.",
    arises: "The runner's own file for outputs could not be written: its disk is full, or it went away.",
    mend: "The step did its work: look at `status` before you run anything again.",
  },
  "not-told": {
    happened: "`notify` was to tell somebody, and a channel did not take the message.",
    arises: "A webhook that was deleted, a token without the permission, a secret that is not given, a service that is away.",
    mend: "Each channel is named with what it answered. Mend it, and try `notify --test`.",
  },
  unexpected: {
    happened: "Something happened that Savepoint has no code for.",
    arises: "A fault of a tool or a machine that nobody met yet, or a bug.",
    mend: "Read what was seen below the message. `status` says how things stand. Where the message names no cause, run again with debug logging and report it.",
  },
} as const satisfies CodeTable;
