import { refusal } from "../core/failure.ts";

/** Checks that the environment's name was typed in. */
export function requireConfirmation(confirm: string | undefined, environment: string, what: string): void {
  if (confirm === environment) return;
  throw refusal(
    confirm === undefined
      ? `${what} needs a confirmation.`
      : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${environment}.`,
    { hint: `Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}). Nothing was touched.` },
  );
}
