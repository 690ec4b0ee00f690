// src/core/operation.ts
const HOOKED_STEPS = [
	"backup",
	"migrate",
	"rollout",
	"rollback"
];
function operation(declared) {
	return declared;
}
export { operation as n, HOOKED_STEPS as t };
