import { restoreSection } from "./backup/inputs.ts";
import type { Section } from "./core/input.ts";
import { deploySection } from "./deploy/call/deploy-inputs.ts";
import { allSections } from "./deploy/call/sections.ts";
import { notifySection } from "./notify/inputs.ts";

/** Every group of settings there is: what `savepoint.yml` and `SAVEPOINT_*` variables may name, whichever operation runs. */
export const sections: readonly Section[] = [...Object.values(allSections), deploySection, restoreSection, notifySection];
