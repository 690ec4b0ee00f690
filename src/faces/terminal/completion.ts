import { refusal } from "../../core/failure.ts";
import { quoted } from "../../core/format.ts";
import { flag } from "../../core/kinds.ts";
import type { Operation } from "../../core/operation.ts";
import { bashCompletion } from "./completion-bash.ts";
import { fishCompletion } from "./completion-fish.ts";
import { zshCompletion } from "./completion-zsh.ts";
import type { CompletedCommand, Offered } from "./completed-command.ts";
import { describe, leadingWords, shownFlags } from "./flags.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
type Shell = keyof typeof SHELLS;

/** What every command takes besides its own flags. */
const EVERYWHERE = [
  ["json", "Print the result as JSON"],
  ["quiet", "Print the result, failures and warnings only"],
  ["verbose", "Print every detail"],
  ["help", "Show the flags"],
] as const;

const LONGEST_ABOUT = 72;

/** The script that teaches a shell to complete `savepoint`, from the declarations alone. Refuses a shell that is not known. */
export function completion(words: readonly string[], operations: readonly Operation[]): string {
  const [shell = "", ...more] = words;
  if (!isShell(shell) || more.length > 0) {
    const wrong = shell === "" ? "no shell is named" : `${quoted(words.join(" "))} is none`;
    throw refusal(`\`completion\` needs one shell, and ${wrong}.`, {
      code: "usage",
      hint: `Give one of ${Object.keys(SHELLS).join(", ")}.`,
    });
  }
  return SHELLS[shell](operations.map((one) => completed(one)));
}

function isShell(word: string): word is Shell {
  return Object.hasOwn(SHELLS, word);
}

function completed(operation: Operation): CompletedCommand {
  const own = shownFlags(operation)
    // A secret is given by its variable; by flag only as a path or a name.
    .filter(({ spec }) => !spec.secret || spec.plainWhen !== undefined)
    .map((one) => ({ name: one.name, about: short(describe(one)), offered: offeredFor(one) }));
  const everywhere = EVERYWHERE.map(([name, about]) => ({ name, about, offered: "nothing" as const }));
  return { name: operation.name, about: short(operation.description), words: leadingWords(operation), flags: [...own, ...everywhere] };
}

function offeredFor({
  name,
  spec,
}: {
  readonly name: string;
  readonly spec: { readonly kind: { readonly choices?: readonly string[] } };
}): Offered {
  if (spec.kind === flag) return "nothing";
  return name === "environment" ? "environments" : (spec.kind.choices ?? "anything");
}

/** A description's first sentence, without any mark that means something to a shell. */
function short(description: string): string {
  const [first = ""] = description.split(/(?<=[^.])[.:](?:\s|$)/, 1);
  const plain = first.replaceAll(/[^\p{L}\p{N} _,./()-]/gu, "").trim();
  return plain.length <= LONGEST_ABOUT ? plain : `${plain.slice(0, LONGEST_ABOUT - 3).trimEnd()}...`;
}
