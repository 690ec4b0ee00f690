import { HOOKED_STEPS, type HookPoint, type Hooks } from "../core/operation.ts";
import type { Layer } from "../core/settings.ts";

/** Where commands can be hooked in: `before-backup` … `after-rollback`. */
export const HOOK_POINTS: readonly HookPoint[] = HOOKED_STEPS.flatMap((step) => [`before-${step}`, `after-${step}`] as const);

/** The section under which hooks travel in settings and in the journal, each point's commands as JSON. */
export const HOOKS = "hooks";

/** The hooks as settings, so that the journal keeps them and a rollback from afar finds them. */
export function hooksLayer(hooks: Hooks): Layer {
  return {
    source: "savepoint.yml",
    raw: { [HOOKS]: Object.fromEntries(Object.entries(hooks).map(([point, commands]) => [point, JSON.stringify(commands)])) },
  };
}
