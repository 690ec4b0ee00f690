import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { daysOff } from "../clock.ts";
import { git } from "../git.ts";
import type { DoctorLook, Fault, Site } from "./fault.ts";

/** Another place for the state, as the environment gives it. */
const stateIn = (root: string): DoctorLook => ({ env: { SAVEPOINT_STATE_DIR: root } });

/** As whoever pastes it, who may become root; the user that deploys may not. */
const asRoot = ({ plain, sshd }: Site) => ({
  edit: (command: string) => command.replace(`ssh -p ${plain.port} ${plain.user}@`, `ssh -p ${sshd.port} ${sshd.user}@`),
});

/** They are there at the same time, and each is found and mended beside the others. */
export const TOGETHER_FAULTS: readonly Fault[] = [
  {
    fault: "a slip in savepoint.yml",
    about: "settings",
    state: "fail",
    seen: /savepoint\.yml:\d+ `typo-dir` is not known/,
    pasted: 0,
    async plant({ shop, program }: Site) {
      const file = join(shop.checkout, "savepoint.yml");
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace("app-dir:", "typo-dir: x\n    app-dir:"));
      // An editor that puts it right: `+4 savepoint.yml`.
      await program("take-out", 'sed -i "${1#+}d" "$2"');
      return { env: { EDITOR: "take-out" }, undo: async () => await writeFile(file, text) };
    },
  },
  {
    fault: "a clone that cannot fetch from its repository",
    about: "fetch",
    state: "fail",
    seen: /cannot fetch from/,
    pasted: 0,
    async plant({ shop }: Site) {
      await git(shop.appDir, "remote", "set-url", "origin", join(shop.folder, "gone.git"));
      return {};
    },
  },
  {
    fault: "a tracked file that was edited on the host by hand",
    about: "work tree",
    state: "fail",
    seen: /edited by hand.*behaviour\.json/,
    pasted: 1,
    async plant({ shop }: Site) {
      await writeFile(join(shop.appDir, "behaviour.json"), '{"broken":"by hand"}');
      return {};
    },
  },
  {
    fault: "a state directory in which others may write",
    about: "state directory",
    state: "fail",
    seen: /may be written by its group and everybody/,
    pasted: 0,
    async plant({ shop }: Site) {
      chmodSync(shop.stateDir, 0o777);
      return {};
    },
  },
  {
    fault: "a journal with a line that cannot be read",
    about: "journal",
    state: "fail",
    seen: /Line \d+ of the journal .* cannot be read/,
    pasted: 0,
    async plant({ shop }: Site) {
      await appendFile(join(shop.stateDir, "journal.jsonl"), "{nonsense}\n");
      return {};
    },
  },
  {
    fault: "a backup whose manifest is damaged",
    about: "restore proven",
    state: "warn",
    seen: /pre-deploy_20200101T000000Z_abc1234\.dump.* is not usable/,
    pasted: 0,
    async plant({ shop }: Site) {
      await writeFile(join(shop.stateDir, "backups", "pre-deploy_20200101T000000Z_abc1234.dump.json"), "{nonsense}");
      return {};
    },
  },
  {
    fault: "a backup that was never restored",
    about: "restore proven",
    state: "warn",
    seen: /was never restored/,
    pasted: 0,
    plant: async ({ sshd }: Site) => ({ env: { SAVEPOINT_SSH_KEY: sshd.key, SAVEPOINT_SSH_KNOWN_HOSTS: sshd.knownHosts } }),
  },
  {
    fault: "a prefix of which git makes no tag",
    about: "settings",
    state: "fail",
    seen: /No git tag can be called "~latest-stable"/,
    pasted: false,
    plant: async () => ({ look: { env: { SAVEPOINT_TAG_PREFIX: "~" } }, after: {} }),
  },
  {
    fault: "a migration that was not committed",
    about: "migrations",
    state: "fail",
    seen: /migrations\/009_new\.sql in the checkout is not as/,
    pasted: false,
    async plant({ shop }: Site) {
      const file = join(shop.checkout, "migrations", "009_new.sql");
      await writeFile(file, "-- UP\nSELECT 1;\n");
      return { byHand: async () => await rm(file) };
    },
  },
  {
    fault: "a health check that cannot be asked",
    about: "health check",
    state: "fail",
    seen: /ca\.pem/,
    pasted: false,
    plant: async () => ({ look: { env: { SAVEPOINT_HEALTH_TLS_CA: "/nonexistent/ca.pem" } }, after: {} }),
  },
];

/** Each is looked at alone: it hides others, or needs another look. */
export const HOST_FAULTS: readonly Fault[] = [
  {
    fault: "no clone in `app-dir`",
    about: "clone",
    state: "fail",
    seen: /does not exist/,
    pasted: 0,
    async plant({ shop }: Site) {
      const aside = `${shop.appDir}-aside`;
      await rename(shop.appDir, aside);
      return {
        async undo() {
          await rm(shop.appDir, { recursive: true, force: true });
          await rename(aside, shop.appDir);
        },
      };
    },
  },
  {
    fault: "an `app-dir` that is no clone",
    about: "clone",
    state: "fail",
    seen: /is not a git clone/,
    pasted: 0,
    async plant({ shop }: Site) {
      const aside = `${shop.appDir}-whole`;
      execFileSync("cp", ["-a", shop.appDir, aside]);
      await rm(join(shop.appDir, ".git"), { recursive: true });
      for (const file of ["server.cjs", "migrations", "savepoint.yml", ".gitignore", "behaviour.json"])
        await rm(join(shop.appDir, file), { recursive: true });
      return {
        async undo() {
          await rm(shop.appDir, { recursive: true });
          await rename(aside, shop.appDir);
        },
      };
    },
  },
  {
    fault: "a clone without a repository to fetch from",
    about: "fetch",
    state: "fail",
    seen: /has no remote named origin/,
    pasted: 0,
    async plant({ shop }: Site) {
      await git(shop.appDir, "remote", "remove", "origin");
      return {};
    },
  },
  {
    fault: "a clone that belongs to another user (`safe.directory`)",
    about: "clone",
    state: "fail",
    seen: /Git refuses .*: it belongs to user 0/,
    pasted: 0,
    async plant({ shop, plain }: Site) {
      chmodSync(shop.folder, 0o755);
      return { look: { on: plain } };
    },
  },
  {
    fault: "git that is not installed",
    about: "clone",
    state: "fail",
    seen: /git is not installed/i,
    pasted: false,
    plant: async () => ({
      look: { local: true, under: ["unshare", "--mount", "sh", "-c", 'mount --bind /dev/null "$(command -v git)" && exec "$@"', "sh"] },
      after: { local: true },
    }),
  },
  {
    fault: "a work tree that is another environment's",
    about: "state directory",
    state: "fail",
    seen: /is the work tree of shop\/production/,
    pasted: false,
    plant: async ({ shop }: Site) => ({ look: stateIn(join(shop.folder, "another-state")), after: {} }),
  },
  {
    fault: "a state directory that is another environment's",
    about: "state directory",
    state: "fail",
    seen: /is the state of shop\/elsewhere, not of shop\/production/,
    pasted: false,
    async plant({ shop }: Site) {
      const file = identityIn(shop.stateDir);
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace('"production"', '"elsewhere"'));
      return { byHand: async () => await writeFile(file, text) };
    },
  },
  {
    fault: "a state directory whose identity is damaged",
    about: "state directory",
    state: "fail",
    seen: /cannot be read \(line 1/,
    pasted: 0,
    async plant({ shop }: Site) {
      const file = identityIn(shop.stateDir);
      const text = await readFile(file, "utf8");
      await writeFile(file, "{");
      return { undo: async () => await writeFile(file, text) };
    },
  },
  {
    fault: "a state directory that belongs to another user",
    about: "state directory",
    state: "fail",
    seen: /belongs to another user/,
    pasted: 0,
    async plant(site: Site) {
      const root = join(site.shop.folder, "foreign-state");
      await mkdir(root, { mode: 0o755 });
      chmodSync(site.shop.folder, 0o755);
      return { ...asRoot(site), look: { on: site.plain, ...stateIn(root) }, undo: async () => await rm(root, { recursive: true }) };
    },
  },
  {
    fault: "a state directory that is a link to one in which others may write",
    about: "state directory",
    state: "fail",
    seen: /may be written by/,
    pasted: 0,
    async plant({ shop }: Site) {
      const [link, target] = [join(shop.folder, "linked-state"), join(shop.folder, "link-target")];
      await mkdir(target);
      execFileSync("cp", ["-a", `${shop.stateDir}/.`, target]);
      chmodSync(target, 0o777);
      await symlink(target, link);
      return { look: stateIn(link) };
    },
  },
  {
    fault: "a state directory that the user may not make",
    about: "state directory",
    state: "fail",
    seen: /may not make it/,
    pasted: 0,
    async plant(site: Site) {
      chmodSync(site.shop.folder, 0o755);
      const root = join(site.shop.folder, "var", "state");
      await mkdir(join(site.shop.folder, "var"), { mode: 0o755 });
      return { ...asRoot(site), look: { on: site.plain, ...stateIn(root) } };
    },
  },
  {
    fault: "a disk that is nearly full",
    about: "disk",
    state: "warn",
    seen: /% full/,
    pasted: 0,
    plant: async (site) => await fullDisk(site, "low"),
  },
  {
    fault: "no room for the next backup",
    about: "disk",
    state: "fail",
    seen: /no room for the backup/,
    pasted: false,
    plant: async (site) => await fullDisk(site, "full"),
  },
  {
    fault: "a clock that is a minute off",
    about: "clock",
    state: "warn",
    seen: /behind this machine's/,
    pasted: false,
    plant: async ({ shop }: Site) => ({ look: { env: await daysOff(shop.folder, 1 / 1440) }, after: {} }),
  },
  {
    fault: "a clock that is an hour off",
    about: "clock",
    state: "fail",
    seen: /ahead of this machine's/,
    pasted: false,
    plant: async ({ shop }: Site) => ({ look: { env: await daysOff(shop.folder, -1 / 24) }, after: {} }),
  },
];

function identityIn(root: string): string {
  return join(root, "identity.json");
}

/** A disk of four megabytes with the shop's state on it. */
async function fullDisk({ shop }: Site, name: string) {
  const disk = join(shop.folder, name);
  await mkdir(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
  execFileSync("cp", ["-a", `${shop.stateDir}/.`, disk]);
  await writeFile(join(disk, "large"), Buffer.alloc(4_500_000)).catch(() => undefined);
  return { look: stateIn(disk), byHand: async () => await rm(join(disk, "large")), undo: async () => void execFileSync("umount", [disk]) };
}
