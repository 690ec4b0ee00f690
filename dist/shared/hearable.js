import { sn as tellUnbegun } from "./text.js";
// src/deploy/operations/hearable.ts
const LOOKS = new Set(["status", "plan"]);
function hearable(declared) {
	const tell = async (call, error) => {
		if (!(declared.own !== void 0 && LOOKS.has(call.settings.text(declared.own, "command") ?? ""))) await tellUnbegun(call, declared.name, error);
	};
	return {
		...declared,
		async run(call) {
			const ear = new Ear();
			const ports = {
				...call.ports,
				observers: [...call.ports.observers ?? [], ear]
			};
			try {
				return await declared.run({
					...call,
					ports
				});
			} catch (error) {
				if (!ear.begun) await tell({
					...call,
					ports
				}, error);
				throw error;
			}
		},
		unread: tell
	};
}
var Ear = class {
	name = "the operation itself";
	begun = false;
	on(news) {
		if (news.kind === "fact") this.begun ||= news.fact.kind === "step.failed" || news.fact.kind === "deploy.closed";
		else this.begun ||= news.notice.kind === "backup.failed" || news.notice.kind === "drill.failed";
	}
};
export { hearable as t };
