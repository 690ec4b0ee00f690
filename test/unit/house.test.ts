import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = join(ROOT, "src");

const DOMAIN = ["backup", "migration", "release", "rollout", "health", "journal", "config", "notify"];
/** What each room may import besides itself. What two rooms share moves down; what joins them moves up into deploy. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  machine: ["core"],
  postgres: ["core", "machine"],
  github: ["core"],
  ...Object.fromEntries(DOMAIN.map((room) => [room, ["core", "machine", "postgres"]])),
  release: ["core", "machine", "postgres", "github"],
  deploy: ["core", "machine", "postgres", "github", ...DOMAIN],
  // The faces know how operations are declared, how machines are reached and where the project is at home, and of the domain only its
  // settings; a workflow's pages are GitHub's: its Markdown, and the comment at a pull request.
  faces: ["core", "machine", "github", "config", "sections.ts", "version.ts"],
};

/** What it takes to have an environment open, from below. */
const OPENED = ["call", "state", "database", "telling", "environment"];

/**
 * The sub-rooms of the big rooms: what each may import of its siblings, and its doors, the files that others may import.
 * Everything else in it is its own.
 */
const SUB_ROOMS: Readonly<
  Record<string, Readonly<Record<string, { readonly below: readonly string[]; readonly doors: readonly string[] }>>>
> = {
  machine: {
    shell: { below: [], doors: ["frame", "lane", "lanes"] },
    process: {
      below: ["shell"],
      doors: ["local", "dial", "drain", "ending", "feed", "group", "leftovers", "listeners", "note", "output", "work-in"],
    },
    ssh: { below: ["shell", "process"], doors: ["ssh", "address", "command-on", "known-hosts"] },
    container: { below: ["process", "files"], doors: ["service", "compose", "story", "project"] },
    files: { below: [], doors: ["files"] },
    git: { below: ["files"], doors: ["clone", "fresh-clone", "ask-origin", "git", "progress", "push"] },
  },
  // Each way of running an app opens one door, to the table of them; what `deploy` asks, it asks of the strategy.
  rollout: { command: { below: [], doors: ["command"] }, compose: { below: [], doors: ["found", "model", "services"] } },
  deploy: {
    call: {
      below: [],
      doors: ["sections", "missing-settings", "confirmation", "owner", "next-command", "rollback-inputs", "deploy-inputs", "given-words"],
    },
    state: { below: ["call"], doors: ["state", "identity", "one-work-tree", "unsafe-state", "held-lock", "over-deploy"] },
    database: { below: [], doors: ["database"] },
    telling: {
      below: ["call", "state"],
      doors: ["hearing", "tell-unbegun", "message-facts", "news-event", "tell-channels", "without-secrets"],
    },
    // What is true of an environment is asked of one that is open: each question is a door, and the first one opens it.
    environment: {
      below: ["call", "state", "database", "telling"],
      doors: [
        "environment",
        "app-clone",
        "app-strategy",
        "first-clone",
        "hooks",
        "incoming",
        "known-health",
        "migration-source",
        "project-containers",
        "tag-remotes",
        "versions",
      ],
    },
    lock: {
      below: [...OPENED],
      doors: [
        "transaction",
        "turn",
        "damaged-journal",
        "opening",
        "admission",
        "standing",
        "quarantined",
        "replaced-run",
        "process-identity",
        "entry-text",
        "follow-journal",
        "journal-lines",
        "signs",
        "watchdog-fence",
        "watchdog-text",
      ],
    },
    steps: {
      below: [...OPENED, "lock"],
      doors: [
        "opening",
        "preflight",
        "rollout",
        "backup",
        "migrate",
        "gate",
        "mark",
        "tags",
        "chain",
        "deploy-plan",
        "commits",
        "downtime",
        "standalone-backup",
        "retention",
        "drill",
        "restore-proofs",
        "savepoint-for",
        "left-sides",
        "warm",
        "watchable",
        "takeover",
        "timeline",
        "times",
        "running-version",
        "switch-plan",
        "thin-replaced",
        "unmigratable",
      ],
    },
    doctor: { below: [...OPENED, "lock", "steps"], doors: ["examine", "examinations", "world", "host-look"] },
    back: {
      below: [...OPENED, "lock", "steps"],
      doors: [
        "begin",
        "begun-now",
        "job-end",
        "still-open",
        "look-for-recovery",
        "ways",
        "bring-back",
        "failed-deploy",
        "automatic",
        "left-alone",
        "let-in",
        "open-rollback",
        "request",
        "restore-blocks",
        "restore-by-hand",
        "restore-preview",
        "target",
        "target-settings",
        "rollback-outcome",
        "rollback-plan",
        "rollback-step",
        "stable-again",
        "to-restore",
        "ways-of-deploy",
        "ways-together",
        "ways-without-health",
        "written-since",
      ],
    },
    init: {
      below: [...OPENED, "lock", "steps", "doctor"],
      doors: [
        "repository",
        "draft",
        "files",
        "planned-files",
        "found",
        "ways",
        "apply-todos",
        "deploy-key",
        "look-for-todos",
        "github-rules",
        "settings-text",
        "todo",
      ],
    },
    watchdog: { below: [...OPENED, "lock", "steps", "back"], doors: ["arm"] },
    operations: { below: [...OPENED, "lock", "steps", "doctor", "init", "back", "watchdog"], doors: ["*"] },
  },
  faces: { workflow: { below: [], doors: ["action"] }, terminal: { below: [], doors: ["terminal", "flags"] } },
};

/** `machine/ssh`, or undefined for a file that lies in no sub-room. */
function subRoomOf(path: string): { readonly room: string; readonly name: string; readonly file: string } | undefined {
  const [room = "", name = "", file] = relative(SOURCES, path).split("/");
  return file !== undefined && SUB_ROOMS[room]?.[name] !== undefined ? { room, name, file: file.replace(/\.ts$/, "") } : undefined;
}

function roomOf(path: string): string {
  return relative(SOURCES, path).split("/")[0] ?? "";
}

function sources(): readonly string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(SOURCES, name));
}

function importsOf(path: string): readonly string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => resolve(dirname(path), match[1] ?? ""));
}

test("rooms import downwards only, never sideways", () => {
  const wrong: string[] = [];
  for (const path of sources()) {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room];
    if (allowed === undefined) continue;
    for (const target of importsOf(path)) {
      const other = roomOf(target);
      if (other !== room && !allowed.includes(other)) wrong.push(`${relative(ROOT, path)} imports ${relative(ROOT, target)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("sub-rooms import downwards only, and only through each other's doors", () => {
  const wrong: string[] = [];
  for (const path of sources()) {
    const from = subRoomOf(path);
    for (const target of importsOf(path)) {
      const to = subRoomOf(target);
      if (to === undefined || (from?.room === to.room && from.name === to.name)) continue;
      const { doors = [] } = SUB_ROOMS[to.room]?.[to.name] ?? {};
      const closed = !doors.includes("*") && !doors.includes(to.file);
      const upwards = from?.room === to.room && SUB_ROOMS[from.room]?.[from.name]?.below.includes(to.name) !== true;
      if (closed || upwards) wrong.push(`${relative(ROOT, path)} imports ${relative(ROOT, target)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("nobody but the rollout room asks how an app is run", () => {
  const asks = /\bstrategy\b\s*[!=]==|[!=]==\s*"compose"|\bcompose\w*\s*[!=]==\s*undefined|\bkind\s*[!=]==\s*"co(?:mpose|mmand)"/i;
  const wrong: string[] = [];
  for (const path of sources().filter((one) => roomOf(one) !== "rollout")) {
    const inside = importsOf(path).filter((target) => subRoomOf(target)?.room === "rollout");
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => asks.test(line));
    for (const what of [...inside.map((target) => relative(ROOT, target)), ...lines]) wrong.push(`${relative(ROOT, path)}: ${what.trim()}`);
  }
  expect(wrong).toEqual([]);
});

test("every folder of a big room is a sub-room with doors that are there and are used", () => {
  const wrong: string[] = [];
  const imported = new Set(sources().flatMap((path) => importsOf(path).filter((target) => dirname(target) !== dirname(path))));
  for (const [room, all] of Object.entries(SUB_ROOMS)) {
    const folders = readdirSync(join(SOURCES, room), { withFileTypes: true }).filter((one) => one.isDirectory());
    for (const { name } of folders) if (all[name] === undefined) wrong.push(`${room}/${name} has no doors`);
    for (const [name, { doors }] of Object.entries(all)) {
      for (const door of doors) {
        const path = join(SOURCES, room, name, `${door}.ts`);
        // The faces' doors are opened by the entries, outside of the sources.
        if (door !== "*" && room !== "faces" && !imported.has(path)) wrong.push(`${relative(ROOT, path)} is no door`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("what a sub-room is stands in the first line of one of its doors", () => {
  const wrong: string[] = [];
  for (const [room, all] of Object.entries(SUB_ROOMS)) {
    for (const [name, { doors }] of Object.entries(all)) {
      const files = doors.includes("*") ? readdirSync(join(SOURCES, room, name)) : doors.map((door) => `${door}.ts`);
      const saying = files.filter(
        (file) => /^\/\/ (\S+): .+\.\n\n/.exec(readFileSync(join(SOURCES, room, name, file), "utf8"))?.[1] === `${room}/${name}`,
      );
      if (saying.length !== 1) wrong.push(`${room}/${name}: ${saying.join(", ") || "no door says it"}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no file imports itself by way of others", () => {
  const open = new Set<string>();
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (open.has(path)) circles.push([...way.slice(way.indexOf(path)), path].map((one) => relative(SOURCES, one)).join(" → "));
    if (open.has(path) || done.has(path)) return;
    open.add(path);
    for (const target of importsOf(path)) visit(target, [...way, path]);
    open.delete(path);
    done.add(path);
  };
  for (const path of sources()) visit(path, []);
  expect(circles).toEqual([]);
});

test("every room has its place in the house", () => {
  const rooms = new Set(
    sources()
      .map(roomOf)
      .filter((room) => !room.endsWith(".ts")),
  );
  expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
});

test("no file is a heap of everything", () => {
  const names = sources().map((path) => relative(SOURCES, path));
  expect(names.filter((name) => /(?:^|\/)(?:utils?|helpers?|common|misc|index)\.ts$/.test(name))).toEqual([]);
});

test("a word means one thing: no two files export the same name, and none gives a type of its own an exported type's", () => {
  const exported = new Map<string, Set<string>>();
  const types = new Map<string, Set<string>>();
  const note = (into: Map<string, Set<string>>, name: string, path: string): void =>
    void (into.get(name) ?? into.set(name, new Set()).get(name))?.add(relative(SOURCES, path));
  for (const path of sources()) {
    const text = readFileSync(path, "utf8");
    for (const [, name = ""] of text.matchAll(/^export (?:async )?(?:function\*?|class|interface|type|const) (\w+)/gm))
      note(exported, name, path);
    for (const [, name = ""] of text.matchAll(/^(?:export )?(?:class|interface|type) (\w+)/gm)) note(types, name, path);
  }
  const wrong = [...exported].flatMap(([name, at]) => {
    const all = new Set([...at, ...(types.get(name) ?? [])]);
    return all.size > 1 ? [`${name}: ${[...all].sort().join(", ")}`] : [];
  });
  expect(wrong).toEqual([]);
});
