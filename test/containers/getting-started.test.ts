import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { deployByWorkflow, Desk } from "../lab/desk.ts";
import { git } from "../lab/git.ts";
import { type Host, startHost } from "../lab/host.ts";
import { tellFirstHour } from "../lab/first-hour.ts";
import { needs } from "../lab/needs.ts";
import { answers, checkoutOf, newApp } from "../lab/new-app.ts";
import { freePort } from "../lab/postgres.ts";

await needs("engine", "host", "act");

const PAGE = resolve(import.meta.dirname, "../../docs/getting-started.md");

interface Block {
  readonly language: string;
  readonly text: string;
  /** Where the sentence before it sends the reader. */
  readonly server: boolean;
}

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/(?:^|\n)([^\n]+)\n\n```(sh|yaml)\n([^]*?)\n```/g)].map(([, before = "", language = "", text = ""]) => ({
    language,
    text,
    server: before.includes("On the server"),
  }));
}

/** A host that nobody prepared: no user, no keys; the engine's group has its usual name. */
async function bareHost(): Promise<Host> {
  const host = await startHost();
  const ssh = dirname(host.keyFile);
  await rm(join(ssh, "authorized_keys"));
  await symlink("/home/deploy/.ssh/authorized_keys", join(ssh, "authorized_keys"));
  await host.asRoot(`mount -t tmpfs -o mode=755 tmpfs /home
    getent group docker >/dev/null && groupdel docker; groupmod -n docker engine
    cp '${join(ssh, "host.pub")}' /etc/ssh/ssh_host_ed25519_key.pub`);
  return host;
}

test("the page's commands, pasted where it says and in its order, lead from an empty server to a green deploy", async () => {
  await using host = await bareHost();
  const port = await freePort();
  await using origin = await newApp(port);
  const checkout = checkoutOf(origin);
  await using desk = new Desk(join(origin.folder, "desk"), checkout);
  await desk.furnish(host);
  await host.publish(port);
  const appDir = join(host.folder, `first${process.pid}`);
  const publicHalf = async (name: string) => (await readFile(join(desk.home, ".ssh", `${name}.pub`), "utf8")).trim();
  const mine = (text: string): string =>
    text
      .replaceAll("deploy@shop.example", `deploy@${host.address}`)
      .replaceAll("-t ed25519 shop.example", `-t ed25519 ${host.address}`)
      .replaceAll("/srv/shop", appDir)
      .replaceAll("localhost:3000", `localhost:${port}`);
  const said: string[] = [];
  let savepoint = "";
  const began = performance.now();
  try {
    for (const { language, text, server } of blocksOf(await readFile(PAGE, "utf8"))) {
      if (language === "yaml") {
        const path = join(checkout, /^# (\S+)/.exec(text)?.[1] ?? "");
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, `${mine(text)}\n`);
      } else if (server) {
        let whole = mine(text);
        if (text.includes("authorized_keys")) {
          whole = whole
            .replace("ssh-ed25519 AAAA… you", await publicHalf("id_ed25519"))
            .replace("ssh-ed25519 AAAA… savepoint production", await publicHalf("savepoint-shop-production"));
        }
        // Root needs no sudo. Compose is a plugin of everybody's, and not of one user's, on a server.
        const plugins = `cd /home/deploy && mkdir -p .docker && ln -sfn '${host.home}/.docker/cli-plugins' .docker/cli-plugins && chown -R deploy .docker`;
        said.push(await host.asRoot(`set -e; sudo() { "$@"; }\n${whole}\n(${plugins})`));
      } else {
        const { status, stdout, stderr } = spawnSync("sh", ["-c", `set -e\n${savepoint}\n${mine(text)}`], {
          cwd: checkout,
          encoding: "utf8",
          env: desk.env,
        });
        expect(status, `${text}\n${stdout}${stderr}`).toBe(0);
        said.push(stdout.trim());
        savepoint ||= text.split("\n").at(-1) ?? "";
      }
    }
    // What is compared is the same on both sides.
    const prints = said.map((one) => /^\d+ (SHA256:\S+)[^\n]*$/.exec(one)?.[1]).filter((one) => one !== undefined);
    expect(prints).toHaveLength(2);
    expect(new Set(prints).size).toBe(1);
    expect(await answers(port)).toMatch(/fetch failed/);
    await deployByWorkflow(desk, port);
    tellFirstHour("getting started by hand", { began, commands: said.length });
    expect(await git(origin.url, "rev-parse", "latest-stable^{commit}")).toBe(await git(checkout, "rev-parse", "HEAD"));
  } finally {
    await host
      .asRoot(`cd '${appDir}' && HOME=/home/deploy '${host.engineClients[1]}' compose down --volumes --remove-orphans --timeout=1`)
      .catch(() => undefined);
  }
});
