import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startSshd } from "../sshd.ts";
import type { DoctorLook, Fault, Site } from "./fault.ts";

const key = (text: string): DoctorLook => ({ env: { SAVEPOINT_SSH_KEY: text } });

/** Nothing else is seen while one of them is there. */
export const LOGIN_FAULTS: readonly Fault[] = [
  {
    fault: "a host whose key is not known",
    about: "login",
    state: "fail",
    seen: /host key|known_hosts/i,
    pasted: 0,
    plant: async () => ({ look: { env: { SAVEPOINT_SSH_KNOWN_HOSTS: undefined } } }),
  },
  {
    fault: "a host whose key is another than the known one",
    about: "login",
    state: "fail",
    seen: /host key/,
    pasted: 0,
    async plant({ shop, sshd }: Site) {
      await using other = await startSshd();
      const folder = join(shop.folder, "home", ".ssh");
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "known_hosts"), other.knownHosts.replaceAll(String(other.port), String(sshd.port)));
      // ssh-keygen does not look in HOME.
      const edit = (command: string): string => command.replace("ssh-keygen -R", `ssh-keygen -f ${join(folder, "known_hosts")} -R`);
      return { edit, look: { env: { SAVEPOINT_SSH_KNOWN_HOSTS: undefined } } };
    },
  },
  {
    fault: "lines of known_hosts that are none",
    about: "login",
    state: "fail",
    seen: /known/i,
    pasted: false,
    plant: async () => ({ look: { env: { SAVEPOINT_SSH_KNOWN_HOSTS: "shop ssh-nonsense AAAA" } }, after: {} }),
  },
  {
    fault: "a key that the host does not accept",
    about: "login",
    state: "fail",
    seen: /does not accept the ssh-ed25519 key SHA256:/,
    pasted: 0,
    async plant({ shop, sshd, program }: Site) {
      await using other = await startSshd();
      const file = join(shop.folder, "another-key");
      await writeFile(file, other.key, { mode: 0o600 });
      await writeFile(`${file}.pub`, other.publicKeys.ed25519 === undefined ? "" : execFileSync("ssh-keygen", ["-y", "-f", file]));
      // ssh-copy-id goes in as who may, and writes where this server looks.
      const list = sshd.keyFile.replace(/id$/, "authorized_keys");
      await program("ssh-copy-id", `cat ${file}.pub >> ${list}`);
      const before = await readFile(list, "utf8");
      return { look: key(other.key), undo: async () => await writeFile(list, before) };
    },
  },
  {
    fault: "a key that is protected by a passphrase, and none is given",
    about: "login",
    state: "fail",
    seen: /protected by a passphrase/,
    pasted: false,
    async plant({ shop, sshd }: Site) {
      const file = join(shop.folder, "sealed-key");
      await writeFile(file, sshd.key, { mode: 0o600 });
      execFileSync("ssh-keygen", ["-q", "-p", "-N", "open sesame", "-f", file]);
      const sealed = await readFile(file, "utf8");
      return { look: key(sealed), after: { env: { SAVEPOINT_SSH_KEY: sealed, SAVEPOINT_SSH_PASSPHRASE: "open sesame" } } };
    },
  },
  {
    fault: "a passphrase that is not the key's",
    about: "login",
    state: "fail",
    seen: /passphrase/,
    pasted: false,
    async plant({ shop, sshd }: Site) {
      const file = join(shop.folder, "sealed-anew");
      await writeFile(file, sshd.key, { mode: 0o600 });
      execFileSync("ssh-keygen", ["-q", "-p", "-N", "open sesame", "-f", file]);
      const sealed = await readFile(file, "utf8");
      const given = (word: string): DoctorLook => ({ env: { SAVEPOINT_SSH_KEY: sealed, SAVEPOINT_SSH_PASSPHRASE: word } });
      return { look: given("open barley"), after: given("open sesame") };
    },
  },
  {
    fault: "the public key where the private one is wanted",
    about: "login",
    state: "fail",
    seen: /is the public key/,
    pasted: false,
    plant: async ({ sshd }: Site) => ({ look: key(await readFile(`${sshd.keyFile}.pub`, "utf8")), after: {} }),
  },
  {
    fault: "a key that was cut off when it was copied",
    about: "login",
    state: "fail",
    seen: /key/,
    pasted: false,
    plant: async ({ sshd }: Site) => ({ look: key(sshd.key.slice(0, 120)), after: {} }),
  },
  {
    fault: "a key's file that is not there",
    about: "login",
    state: "fail",
    seen: /id_gone/,
    pasted: false,
    plant: async () => ({ look: key("~/.ssh/id_gone"), after: {} }),
  },
  {
    fault: "a user that the host does not have",
    about: "login",
    state: "fail",
    seen: /does not accept/,
    pasted: false,
    plant: async ({ sshd }: Site) => ({ look: { env: { SAVEPOINT_HOST: `nobody-here@${sshd.host}:${sshd.port}` } }, after: {} }),
  },
  {
    fault: "a host on which nobody listens",
    about: "login",
    state: "fail",
    seen: /127\.0\.0\.1/,
    pasted: false,
    plant: async () => ({ look: { env: { SAVEPOINT_HOST: "root@127.0.0.1:1" } }, after: {} }),
  },
  {
    fault: "a user without a login shell",
    about: "login",
    state: "fail",
    seen: /login shell .* did not run/,
    pasted: 0,
    async plant({ plain }: Site) {
      execFileSync("usermod", ["--shell", "/usr/sbin/nologin", plain.user]);
      return { look: { on: plain } };
    },
  },
  {
    fault: "root's login",
    about: "user",
    state: "warn",
    seen: /root/,
    pasted: false,
    plant: async ({ plain }: Site) => ({ after: { on: plain } }),
  },
];
