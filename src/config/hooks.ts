import { HOOKED_STEPS, type HookPoint } from "../core/operation.ts";

/** Where commands can be hooked in: `before-backup` … `after-rollback`. */
export const HOOK_POINTS: readonly HookPoint[] = HOOKED_STEPS.flatMap((step) => [`before-${step}`, `after-${step}`] as const);
