import { w as refusal } from "./output.js";
// src/deploy/confirmation.ts
function requireConfirmation(confirm, environment, what) {
	if (confirm === environment) return;
	throw refusal(confirm === void 0 ? `${what} needs a confirmation.` : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${environment}.`, { hint: `Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}). Nothing was touched.` });
}
export { requireConfirmation as t };
