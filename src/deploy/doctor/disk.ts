import { formatSize } from "../../core/format.ts";
import { newestFirst } from "../../backup/order.ts";
import { requireRoom } from "../../backup/room.ts";
import type { Way } from "../../core/way.ts";
import { exists } from "../../machine/files/files.ts";
import { commandOn } from "../../machine/ssh/command-on.ts";
import { backupStore } from "../steps/backup.ts";
import { type Examination, passes, refused, type Sighting, warns } from "./examination.ts";
import type { FolderLook } from "./host-look.ts";
import type { DoctorWorld } from "./world.ts";

/** Nearly full: this much used, and no more than that free. */
const FULL_PERCENT = 90;
const PLENTY_BYTES = 10_000_000_000;

export const diskExamination: Examination = {
  about: "disk",
  of: "environment",
  needs: ["host"],
  why: "A backup, new images and a copy of the database beside the live one need room; a full disk stops the database itself.",
  async look(world) {
    const host = await world.host();
    const { folders } = await world.hostLook();
    const mend = ({ near }: FolderLook): Way => ({
      command: commandOn(host, ["sh", "-c", `du -xk ${near} 2>/dev/null | sort -n | tail -n 20`]),
      means: "Shows what takes the room there:",
    });
    const low = folders.flatMap((folder) => judgeDisk(folder, { mends: [mend(folder)] }) ?? []);
    const room = await roomForBackup(world);
    if (low.length + room.length > 0) return [...room, ...low];
    return [passes(folders.map(({ path, freeBytes }) => `${path}: ${formatSize(freeBytes)} free`).join("; ") || "There is room.")];
  },
};

/** Pure; undefined where there is room. */
export function judgeDisk({ path, usedPercent, freeBytes }: FolderLook, details: Pick<Sighting, "mends"> = {}): Sighting | undefined {
  if (usedPercent < FULL_PERCENT || freeBytes > PLENTY_BYTES) return undefined;
  return warns(`The disk of ${path} is ${usedPercent}% full, and ${formatSize(freeBytes)} are free.`, details);
}

/** Whether the next backup fits, judged as the backup itself does. */
async function roomForBackup(world: DoctorWorld): Promise<readonly Sighting[]> {
  const opened = await world.database().catch(() => undefined);
  const environment = await world.environment().catch(() => undefined);
  if (opened === undefined || environment?.state === undefined) return [];
  const store = backupStore(environment, environment.state);
  const looking = Promise.all([exists(environment.machine, store.directory), store.all()]);
  looking.catch(() => undefined);
  await using connection = await opened.database.connect("look", { signal: world.ports.signal });
  const [there, { manifests }] = await looking;
  if (!there) return [];
  const last = manifests.filter((one) => one.database.name === opened.database.name).toSorted(newestFirst)[0];
  try {
    await requireRoom(store, connection, last);
    return [];
  } catch (error) {
    return [refused(error)];
  }
}
