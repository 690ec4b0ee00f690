import { commandOn } from "../../machine/ssh/command-on.ts";
import { statePaths } from "../../journal/paths.ts";
import { refuseUnsafeState } from "../state/unsafe-state.ts";
import { type Examination, fails, unlessRefused } from "./examination.ts";

/** Where backups, journal and lock live, or will. */
export const stateDirectoryExamination: Examination = {
  about: "state directory",
  of: "environment",
  needs: ["host"],
  why: "Backups, journal and lock live there: without it there is no way back, and whoever may write there decides what a rollback does.",
  async look(world) {
    const root = await world.stateRoot();
    if (root === undefined) return [];
    const host = await world.host();
    const { folders, user } = await world.hostLook();
    const folder = folders.find(({ path }) => path === root);
    const there = folder?.near === root;
    if (folder !== undefined && !there && !folder.writable) {
      return [
        fails(`${root} is not there, and ${user} may not make it: ${folder.near} is not ${user}'s to write in.`, {
          mends: [
            { command: commandOn(host, ["sudo", "install", "-d", "-o", user, "-m", "700", root]), means: "Makes it, for that user alone:" },
          ],
        }),
      ];
    }
    return await unlessRefused(async () => await refuseUnsafeState(host, statePaths(root)), {
      pass: there ? `${root} is ${user}'s alone to write in.` : `${root} is made by the first deploy.`,
    });
  },
};
