import { refusal } from "../../core/failure.ts";

/** Checks that the environment's name was typed in. */
export function requireConfirmation(confirm: string | undefined, environment: string, what: string): void {
  if (confirm === environment) return;
  throw refusal(
    confirm === undefined
      ? `${what} needs a confirmation.`
      : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${environment}.`,
    {
      code: "not-confirmed",
      hint: `Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}). Nothing was touched.`,
    },
  );
}

/** How the confirmation is given, where that is missing too. */
export function confirmationHint(confirm: string | undefined, environment: string): readonly string[] {
  return confirm === environment ? [] : [`Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}), too.`];
}

/** What somebody said who asks by hand. */
export interface Said {
  readonly confirm: string | undefined;
  readonly reason: string | undefined;
}

/** What is still missing, in sentences, and how it is given; both empty where all is said. `what`: `A rollback by hand`. */
export function missingIn(
  { confirm, reason }: Said,
  { name, what }: { readonly name: string; readonly what: string },
): { readonly sentences: readonly string[]; readonly hints: readonly string[] } {
  const wrong = confirm !== undefined && confirm !== name;
  const needs = [
    ...(confirm === undefined ? ["`confirm`, the environment's name"] : []),
    ...(reason === undefined ? ["a `reason`, for the journal"] : []),
  ];
  return {
    sentences: [
      ...(wrong ? [`\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}.`] : []),
      ...(needs.length > 0 ? [`${what} needs ${needs.join(", and ")}.`] : []),
    ],
    hints: [
      ...(confirm === name ? [] : [`Give \`confirm: ${name}\` (on the command line: --confirm ${name}).`]),
      ...(reason === undefined ? ['Give `reason`, e.g. --reason "orders fail since 1.4".'] : []),
    ],
  };
}
