import { g as refusal } from "./secret.js";
// src/deploy/call/confirmation.ts
function requireConfirmation(confirm, environment, what) {
	if (confirm === environment) return;
	throw refusal(confirm === void 0 ? `${what} needs a confirmation.` : `\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${environment}.`, {
		code: "not-confirmed",
		hint: `Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}). Nothing was touched.`
	});
}
function confirmationHint(confirm, environment) {
	return confirm === environment ? [] : [`Give \`confirm: ${environment}\` (on the command line: --confirm ${environment}), too.`];
}
function missingIn({ confirm, reason }, { name, what }) {
	const wrong = confirm !== void 0 && confirm !== name;
	const needs = [...confirm === void 0 ? ["`confirm`, the environment's name"] : [], ...reason === void 0 ? ["a `reason`, for the journal"] : []];
	return {
		sentences: [...wrong ? [`\`confirm\` is ${JSON.stringify(confirm)}, and the environment is ${name}.`] : [], ...needs.length > 0 ? [`${what} needs ${needs.join(", and ")}.`] : []],
		hints: [...confirm === name ? [] : [`Give \`confirm: ${name}\` (on the command line: --confirm ${name}).`], ...reason === void 0 ? ["Give `reason`, e.g. --reason \"orders fail since 1.4\"."] : []]
	};
}
export { missingIn as n, requireConfirmation as r, confirmationHint as t };
