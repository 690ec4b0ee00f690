import { commandOn } from "../../machine/ssh/command-on.ts";
import { statePaths } from "../../journal/paths.ts";
import { refuseOtherState } from "../state/identity.ts";
import { refuseOthersWorkTree } from "../state/one-work-tree.ts";
import { refuseUnsafeState } from "../state/unsafe-state.ts";
import { type Examination, fails, type Sighting, unlessRefused } from "./examination.ts";
import type { DoctorWorld } from "./world.ts";

/** Where backups, journal and lock live, or will. */
export const stateDirectoryExamination: Examination = {
  about: "state directory",
  of: "environment",
  needs: ["host"],
  why: "Backups, journal and lock live there: without it there is no way back, and whoever may write there decides what a rollback does.",
  async look(world) {
    // A folder that does not say whose it is stops a deploy too.
    const unread = await unlessRefused(async () => await world.state(), { pass: "" });
    if (unread.some(({ state }) => state !== "pass")) return unread;
    const root = await world.stateRoot();
    return root === undefined ? [] : await lookAtRoot(world, root);
  },
};

async function lookAtRoot(world: DoctorWorld, root: string): Promise<readonly Sighting[]> {
  const [host, found, { folders, user }] = [await world.host(), await world.state(), await world.hostLook()];
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
  const { shared, ports } = world;
  const { profile } = world.asked;
  return await unlessRefused(
    async () => {
      await refuseUnsafeState(host, statePaths(root));
      await refuseOtherState(host, statePaths(root), { app: found.app, environment: profile.environment });
      await refuseOthersWorkTree({ machine: host, shared, profile, found, ports });
    },
    { pass: there ? `${root} is ${user}'s alone to write in.` : `${root} is made by the first deploy.` },
  );
}
