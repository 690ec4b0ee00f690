import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ComposeShop } from "../compose-shop.ts";
import type { Fault } from "./fault.ts";

const ABOUT = "docker and compose";
/** Where an engine's own packages put the plugins, for every user. */
const PLUGINS = ["libexec", "lib"].flatMap((one) => [`/usr/${one}/docker/cli-plugins`, `/usr/local/${one}/docker/cli-plugins`]).join(" ");

/** Puts a program of the lab's host out of everybody's sight, and back: it is mounted, and cannot simply be renamed. */
const moved = (from: string, to: string): string => `touch ${to} && mount --move ${from} ${to}`;

/** One after the other, each mended before the next is planted: all of them are told by one name. */
export const COMPOSE_FAULTS: readonly Fault<ComposeShop>[] = [
  {
    fault: "docker that is not installed",
    about: ABOUT,
    state: "fail",
    seen: /`docker compose` does not run on .*docker/,
    pasted: false,
    async plant({ host }) {
      const client = host.engineClients[1];
      await host.asRoot(`${moved(client, `${client}-away`)} && rm ${client}`);
      return { byHand: async () => void (await host.asRoot(moved(`${client}-away`, client))) };
    },
  },
  {
    fault: "a compose plugin that is not installed",
    about: ABOUT,
    state: "fail",
    seen: /`docker compose` does not run on /,
    pasted: false,
    async plant({ host }) {
      const plugin = join(host.home, ".docker/cli-plugins/docker-compose");
      const away = join(host.home, "plugin-away");
      await host.asRoot(`${moved(plugin, away)} && rm ${plugin}`);
      await host.asRoot(`for each in ${PLUGINS}; do [ ! -d $each ] || mount -t tmpfs tmpfs $each; done`);
      return {
        byHand: async () => {
          await host.asRoot(`for each in ${PLUGINS}; do [ ! -d $each ] || umount $each; done`);
          await host.asRoot(`${moved(away, plugin)} && rm ${away}`);
        },
      };
    },
  },
  {
    fault: "a compose that is too old",
    about: ABOUT,
    state: "fail",
    seen: /Compose is 2\.17\.3, and 2\.20 is needed/,
    pasted: false,
    async plant({ host }) {
      const old = join(host.folder, "docker-compose");
      await writeFile(old, '#!/bin/sh\n[ "$1" != version ] || { echo 2.17.3; exit; }\nexec docker compose "$@"\n');
      await chmod(old, 0o755);
      return { look: { env: { SAVEPOINT_COMPOSE_COMMAND: old } }, after: {} };
    },
  },
  {
    fault: "a user who may not use the engine",
    about: ABOUT,
    state: "fail",
    seen: /Looking at the containers of .* failed/,
    pasted: 0,
    async plant({ host }) {
      await host.asRoot(`groupdel docker 2>/dev/null; groupmod -n docker engine && gpasswd --delete ${host.user} docker`);
      // As whoever pastes it, who may become root; the user that deploys may not.
      return { edit: (command) => command.replace(/^ssh -t \S+ 'sudo (.*)'$/, `${host.rootWords.join(" ")} $1`) };
    },
  },
  {
    fault: "an engine that does not run",
    about: ABOUT,
    state: "fail",
    seen: /Looking at the containers of .* failed/,
    pasted: false,
    async plant({ host }) {
      await host.asRoot(`${moved("/run/docker.sock", "/run/away")} && rm /run/docker.sock`);
      return { byHand: async () => void (await host.asRoot(moved("/run/away", "/run/docker.sock"))) };
    },
  },
  {
    fault: "a compose file that cannot be read",
    about: ABOUT,
    state: "fail",
    seen: /`docker compose config` failed .*yaml/,
    pasted: false,
    async plant({ appDir }) {
      const file = join(appDir, "compose.yml");
      const right = await readFile(file, "utf8");
      await writeFile(file, right.replace("services:", "services"));
      return { byHand: async () => await writeFile(file, right) };
    },
  },
  {
    fault: "a service in `services` that the compose file does not have",
    about: ABOUT,
    state: "warn",
    seen: /`services` names wbe, and the compose project .* has no such service/,
    pasted: false,
    plant: async () => ({ look: { env: { SAVEPOINT_ROLLOUT_SERVICES: "wbe" } }, after: { env: { SAVEPOINT_ROLLOUT_SERVICES: "web" } } }),
  },
  {
    fault: "a `database-service` that the compose file does not have",
    about: "database",
    state: "fail",
    seen: /postgress/,
    pasted: false,
    plant: async () => ({ look: { env: { SAVEPOINT_DATABASE_SERVICE: "postgress" } }, after: {} }),
  },
  {
    fault: "a database whose service was stopped",
    about: "database",
    state: "fail",
    seen: /postgres/,
    pasted: 0,
    async plant(shop) {
      await shop.compose("stop", "postgres");
      return {};
    },
  },
  {
    fault: "a service of the app that stands still",
    about: ABOUT,
    state: "warn",
    seen: /^The service web stands still: it was made, and never started\.$/,
    pasted: 0,
    async plant(shop) {
      await shop.compose("create", "--build", "web");
      return {};
    },
  },
];
