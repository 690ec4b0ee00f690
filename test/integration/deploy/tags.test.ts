import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Environment } from "../../../src/deploy/environment/environment.ts";
import { moveTags } from "../../../src/deploy/steps/tags.ts";
import { Journal } from "../../../src/journal/journal.ts";
import { statePaths } from "../../../src/journal/paths.ts";
import { openClone } from "../../../src/machine/git/clone.ts";
import { localMachine } from "../../../src/machine/process/local.ts";
import { openGitRemote } from "../../../src/release/git-remote.ts";
import { moveStable, readStable } from "../../../src/release/stable.ts";
import { createOrigin } from "../../lab/git.ts";
import { world } from "../migration/world.ts";
import { removeFolder } from "../../lab/folder.ts";

const here = localMachine();
const NAME = { app: "shop", environment: "production", prefix: "" };

test("a run that is slow at its tags does not move latest-stable back from a version that was confirmed meanwhile", async () => {
  await using origin = await createOrigin();
  const [older, newer] = [await origin.commitFiles({ app: "1" }, "1"), await origin.commitFiles({ app: "2" }, "2")];
  const checkout = await origin.clone("checkout");
  const root = await mkdtemp(join(tmpdir(), "savepoint-tags-"));
  try {
    const journal = new Journal(here, statePaths(root));
    const mark = async (commit: string): Promise<void> =>
      await journal.write({ kind: "stable.marked", commit, settings: {}, tag: "t" }, { at: new Date(), owner: "ada" });
    await mark(older);
    const looked = await journal.read();
    // While the first one waits for the git server, the next deploy is confirmed and moves its own.
    await mark(newer);
    const remote = await openGitRemote(await openClone(here, checkout));
    await moveStable({ remote, name: NAME, commit: newer, at: new Date(), deploy: "d2", keepTags: 50 });

    const environment = {
      app: "shop",
      name: "production",
      shared: {},
      tagPrefix: "",
      owner: { id: "ada", terminal: true, run: undefined, actor: undefined },
      ports: { ...world().ports, env: {}, cwd: checkout, here },
      state: { paths: statePaths(root), journal },
      clone: async () => await Promise.resolve(undefined),
    } as unknown as Environment;
    const wish = { commit: older, deploy: "d1", at: new Date(), keepTags: 50, token: undefined };
    const result = await moveTags(environment, wish, looked, async () => await Promise.resolve());
    expect(await readStable(remote, NAME)).toBe(newer);
    expect(result).toMatchObject({ moved: false });
  } finally {
    await removeFolder(root);
  }
});
