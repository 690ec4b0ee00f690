import { input, type Section } from "../../core/input.ts";
import { choice, flag, line } from "../../core/kinds.ts";

/** What `rollback` is told. */
export const rollbackSection = {
  name: "rollback",
  inputs: {
    to: input(line, {
      description:
        "Where to go: `latest-stable`, a stable tag, a savepoint's id or a commit. Default: what the open deploy was opened on; with nothing open, `latest-stable` or the stable version before it.",
      perRun: true,
    }),
    database: input(choice("auto", "restore", "down", "keep"), {
      description: "The database's way back: `auto` decides by looking, `restore` the savepoint, `down` migrations, or `keep` it as it is.",
      default: "auto",
      perRun: true,
    }),
    "prefer-down": input(flag, { description: "Go back by DOWN migrations where every migration since has one.", default: "false" }),
    automatic: input(flag, {
      description:
        "Whether what fails is taken back by itself. `false`: it stays as it stands, keeps lock and evidence, and the command that takes it back is printed.",
      default: "true",
    }),
    reason: input(line, { description: "Why, for the journal. Required by hand.", perRun: true }),
    confirm: input(line, { description: "The environment's name, typed in, for a rollback by hand.", perRun: true }),
  },
} as const satisfies Section;
