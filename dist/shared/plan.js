import { Dn as isGiven, En as givenIn, On as kindNames, kn as lackingOf, wn as KINDS } from "./text.js";
// src/health/plan.ts
function hasChecks(settings) {
	return givenIn(settings).length > 0;
}
function healthProblems(settings, offer) {
	const problems = [];
	const say = (input, message, form) => problems.push(form === void 0 ? {
		input,
		message
	} : {
		input,
		message,
		form
	});
	if (!hasChecks(settings)) say("url", "is not given, and nothing else to check either", `one or more of ${kindNames.join(", ")}`);
	for (const kind of kindNames) {
		const { only } = KINDS[kind];
		if (isGiven(settings[kind])) {
			const lacking = lackingOf(kind, offer);
			if (lacking !== void 0) say(kind, lacking);
		} else for (const name of only) if (isGiven(settings[name])) say(name, `needs \`${kind}\`, which is not given`);
	}
	const source = settings["expect-version"]?.from;
	if (settings.method === "HEAD") {
		for (const name of ["expect-body", "expect-json"]) if (isGiven(settings[name])) say(name, "needs a body, and `method: HEAD` brings none");
		if (source !== void 0 && source !== "header") say("expect-version", "needs a body, and `method: HEAD` brings none", "header:Name");
	}
	if (source !== void 0 && source !== "literal" && offer.version === void 0) say("expect-version", "has no commit to compare with", "give `commit`");
	const least = (settings.successes - 1) * settings.interval;
	if (least >= settings.timeout) say("timeout", `is over before ${settings.successes} passes at this interval can be made`, `more than ${least} ms, or fewer \`successes\`, or a shorter \`interval\``);
	return problems;
}
export { healthProblems as n, hasChecks as t };
