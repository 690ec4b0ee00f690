// src/migration/limits.ts
function limitsOf(settings) {
	return {
		lockTimeoutMs: settings["lock-timeout"],
		statementTimeoutMs: settings["statement-timeout"]
	};
}
export { limitsOf as t };
