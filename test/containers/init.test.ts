import { readFile, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { deployByWorkflow, Desk } from "../lab/desk.ts";
import { git } from "../lab/git.ts";
import { type Host, startHost } from "../lab/host.ts";
import { tellFirstHour } from "../lab/first-hour.ts";
import { needs } from "../lab/needs.ts";
import { answers, checkoutOf, newApp } from "../lab/new-app.ts";
import { freePort } from "../lab/postgres.ts";

await needs("engine", "host", "act");

async function emptyHost(): Promise<Host> {
  const host = await startHost();
  // As on any server, keys are in the user's own home.
  const keys = join(dirname(host.keyFile), "authorized_keys");
  await host.run(`umask 077; mkdir .ssh; printf '%s\\n' "$KEY" >.ssh/authorized_keys`, {
    env: { KEY: (await readFile(keys, "utf8")).trim() },
  });
  await rm(keys);
  await symlink(join(host.home, ".ssh/authorized_keys"), keys);
  return host;
}

test.each([
  ["pasted, one command after the other", false],
  ["carried out by --apply", true],
] as const)(
  "from an empty host and a repository with a compose file to a green deploy by what init prints alone: %s",
  async (how, apply) => {
    await using host = await emptyHost();
    const port = await freePort();
    await using origin = await newApp(port);
    const name = `shop${process.pid}${apply ? "b" : "a"}`;
    const checkout = checkoutOf(origin);
    await using desk = new Desk(join(origin.folder, "desk"), checkout);
    await desk.furnish(host);
    await host.publish(port);
    const appDir = join(host.folder, name);
    try {
      const flags = ["--host", host.login, "--app-dir", appDir, ...(apply ? ["--apply", "--backup", "--doctor"] : [])];
      // A key that nobody compared is not believed, and what is offered is shown.
      const began = performance.now();
      let commands = 1;
      let look = desk.run("init", ...flags);
      expect(look.open, look.said).toEqual(["host"]);
      expect(look.ways.join("\n")).toMatch(/ --trust SHA256:/);
      const rounds: string[][] = [];
      while (look.code !== 0 && rounds.length < 9) {
        expect([look.code, look.ways.length > 0], look.said).toEqual([3, true]);
        rounds.push([...look.open]);
        for (const command of look.ways) desk.paste(command);
        commands += look.ways.length + 1;
        look = desk.run("init", ...flags);
      }
      expect(look.code, look.said).toBe(0);
      expect(rounds).toEqual(apply ? [["host"]] : [["host"], ["deploy key", "clone", "GitHub, production"], [".env"], ["database"]]);
      // Nothing secret was said, and GitHub holds what the workflows want.
      const key = await readFile(join(desk.home, ".ssh/savepoint-shop-production"), "utf8");
      const { production, ...others } = (await desk.github()).environments;
      expect(production).toMatchObject({ secrets: { SSH_KEY: key.trimEnd() }, variables: { SSH_HOST: host.login }, branches: ["main"] });
      expect(production?.variables["SSH_KNOWN_HOSTS"]).toBe(host.knownHosts.trim());
      expect(Object.keys(others)).toEqual(apply ? ["production-backup", "production-doctor"] : []);
      expect(look.said).not.toContain(key.split("\n")[1]);
      // The last ones commit, push, and deploy from here.
      const before = await git(checkout, "rev-parse", "HEAD");
      for (const command of look.ways) desk.paste(command);
      const commit = await git(checkout, "rev-parse", "HEAD");
      expect(commit).not.toBe(before);
      expect(await answers(port)).toMatchObject({ status: "ok", commit });
      tellFirstHour(`init, ${how}`, { began, commands: commands + look.ways.length });
      expect((await origin.refs()).has("refs/tags/latest-stable")).toBe(true);
      // The last two were rules that a team may want.
      const { environments, rulesets } = await desk.github();
      expect(environments["production"]).toMatchObject({
        reviewers: [{ type: "User", id: 1815 }],
        policy: { custom_branch_policies: true },
      });
      expect(rulesets).toMatchObject([{ target: "tag", conditions: { ref_name: { include: ["refs/tags/v*"] } } }]);
      // Once all is done there is nothing to do, and nothing is written.
      const last = desk.run("init", ...flags);
      expect([last.code, last.open]).toEqual([0, []]);
      expect(last.ways.join("\n")).not.toContain("gh api");
      expect(await git(checkout, "status", "--porcelain")).toBe("");
      if (!apply) await deployByWorkflow(desk, port);
    } finally {
      await host.run("docker compose down --volumes --remove-orphans --timeout=1", { cwd: appDir }).catch(() => undefined);
    }
  },
);
