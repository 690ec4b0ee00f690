import { refusal } from "../../core/failure.ts";
import type { Machine } from "../../core/machine.ts";
import { type Clone, openClone } from "../../machine/git/clone.ts";
import { exists, resolvePath } from "../../machine/files/files.ts";

/** The app's clone in `app-dir` on its machine; undefined without `app-dir`. Refuses a missing folder. */
export async function openAppClone(machine: Machine, shared: { readonly "app-dir": string | undefined }): Promise<Clone | undefined> {
  const directory = shared["app-dir"];
  if (directory === undefined) return undefined;
  const path = await resolvePath(machine, directory);
  if (!(await exists(machine, path))) {
    throw refusal(`\`app-dir\` ${path} does not exist on ${machine.name}.`, {
      hint: `Clone the app there first: git clone <repository> ${path} (\`transport: push\` makes it by itself). A folder that ${machine.login} may not look into counts as missing.`,
      code: "clone-missing",
    });
  }
  return await openClone(machine, path);
}
