/**
 * Bundles the actions and the command line into `dist/`: readable, and the same byte for byte on every machine.
 * `--check` builds into a temporary folder and compares with what is committed. `--into FOLDER` writes it there instead.
 * `--one-file PATH` writes the command line alone as one file, as a release has it.
 */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { type ChunkingContext, type CodeSplittingGroup, type OutputChunk, type Plugin, rolldown } from "rolldown";
import { licences } from "./licences.ts";

const ROOT = dirname(import.meta.dirname);
const DIST = join(ROOT, "dist");

/** The command line runs on plain Node 22, and the actions, on the runner's Node 24, share its code. */
const NODE = 22;
const CLI = "cli";

/** What a module asks for that is compiled for one machine. ssh2 and pg do without, when loading it fails. */
const NATIVE = /\.node$|^(?:cpu-features|pg-native)$/;
const STUB = "\0native-module-left-out.cjs";

const withoutNatives: Plugin = {
  name: "without-natives",
  resolveId: { filter: { id: NATIVE }, handler: () => ({ id: STUB, moduleSideEffects: true }) },
  load: { filter: { id: /native-module-left-out/ }, handler: () => `throw new Error("compiled modules are left out of this bundle");` },
};

/**
 * What node-ssh copies files and builds shell lines with. We only connect by it: commands run in our own channels, since its
 * `cd FOLDER ; COMMAND` runs in the home folder where the folder is missing. So whoever calls that is told.
 */
const UNCALLED = /^(?:is-stream|make-dir|sb-promise-queue|sb-scandir|shell-escape)$/;
/** The server and the making of keys, which ssh2's index brings along. */
const UNSERVED = /^\.\/(?:server|keygen)\.js$/;
const NOT_HERE = "\0uncalled-module-left-out.cjs";

/** nodemailer fetches what a message only names by its address; ours are text. */
const UNFETCHED = /node_modules\/nodemailer\/dist\/esm\/fetch\/index\.js$/;

const withoutUncalled: Plugin = {
  name: "without-uncalled",
  resolveId: {
    filter: { id: [UNCALLED, UNSERVED] },
    handler: (id, importer) =>
      UNCALLED.test(id) || importer?.endsWith("/ssh2/lib/index.js") === true ? { id: NOT_HERE, moduleSideEffects: true } : null,
  },
  load: {
    filter: { id: [/uncalled-module-left-out/, UNFETCHED] },
    handler: (id) =>
      UNFETCHED.test(id)
        ? `export default function leftOut() { throw new Error("of nodemailer only handing over is in this bundle"); }`
        : `function leftOut() { throw new Error("of node-ssh and ssh2 only connecting is in this bundle"); }\nmodule.exports = leftOut;\nmodule.exports.PromiseQueue = leftOut;`,
  },
};

/**
 * Of undici, GitHub's client calls `fetch` and the agent for proxies, whose tunnels need `connect`; its entry brings web sockets,
 * caches, cookies, event sources and mocks along. Of GitHub's routes each is called by its own words.
 */
const PARTS: Readonly<Record<string, string>> = {
  undici: `
exports.ProxyAgent = require("undici/lib/dispatcher/proxy-agent.js");
exports.fetch = require("undici/lib/web/fetch/index.js").fetch;
require("undici/lib/dispatcher/dispatcher.js").prototype.connect = require("undici/lib/api/api-connect.js");`,
  "@octokit/plugin-rest-endpoint-methods": "export const restEndpointMethods = () => ({});",
};
const PART = "\0part-of-";

const partsAlone: Plugin = {
  name: "parts-alone",
  resolveId: {
    filter: { id: /^(?:undici|@octokit\/plugin-rest-endpoint-methods)$/ },
    handler: (id) => ({ id: `${PART}${id}`, moduleSideEffects: true }),
  },
  load: { filter: { id: /part-of-/ }, handler: (id) => ({ code: PARTS[id.slice(PART.length)] ?? "", moduleType: "js" }) },
};

/** PostgreSQL's parser is WebAssembly in a file of its own, which its loader reads from beside itself. */
const WASM = "libpg-query.wasm";
const WASM_FILE = join(ROOT, "node_modules", "libpg-query", "wasm", WASM);

/** The one file is for the night, where nobody writes migrations: it comes without, and every start of it is that much shorter. */
const withoutParser: Plugin = {
  name: "without-parser",
  resolveId: { filter: { id: /^libpg-query$/ }, handler: () => ({ id: NO_PARSER, moduleSideEffects: false }) },
  load: {
    filter: { id: /parser-left-out/ },
    handler: () =>
      `export function loadModule() { throw new Error("the parser is left out of this one file"); }\nexport const parseSync = loadModule;`,
  },
};
const NO_PARSER = "\0parser-left-out.js";

/** Of our own manifest only the version and where the project is at home: what else it says may change without a new bundle. */
const versionAlone: Plugin = {
  name: "version-alone",
  load: {
    filter: { id: join(ROOT, "package.json") },
    async handler(id) {
      const { version, homepage } = JSON.parse(await readFile(id, "utf8")) as { readonly version: string; readonly homepage: string };
      return { code: `export default ${JSON.stringify({ version, homepage })};`, moduleType: "js" };
    },
  },
};

/** Parts of @actions/core that we do not call bring an HTTP client along; they do nothing on import. */
const INERT = /node_modules\/(?:@actions\/|undici\/|tunnel\/)/;

async function bundle(input: Readonly<Record<string, string>>, shape: "chunks" | "one file"): Promise<readonly OutputChunk[]> {
  const oneFile = shape === "one file";
  const build = await rolldown({
    input,
    cwd: ROOT,
    platform: "node",
    plugins: [withoutNatives, withoutUncalled, partsAlone, versionAlone, ...(oneFile ? [withoutParser] : [])],
    // ssh2's cipher asks where it is, which only a CommonJS module knows; in the one file the wrapper says it.
    transform: { target: `node${NODE}`, define: oneFile ? {} : { __dirname: "import.meta.dirname" } },
    treeshake: { moduleSideEffects: (id: string) => !INERT.test(id) },
    // How long a busy machine takes is none.
    checks: { bundlerTimings: false },
    onLog(level, log) {
      // A warning here is a defect of the bundle: an import that was not found, a circular chunk.
      if (level === "warn") throw new Error(log.message);
    },
  });
  const { output } = await build.generate({
    format: oneFile ? "cjs" : "esm",
    entryFileNames: ({ name }) => (name === CLI ? "shared/[name].js" : "[name].js"),
    chunkFileNames: "shared/[name].js",
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: oneFile ? false : { groups: GROUPS },
  });
  await build.close();
  return output.filter((part) => part.type === "chunk");
}

/**
 * Chunks by who needs them when. Node takes a millisecond for each, so what is loaded together is one: what every start needs,
 * what most operations work with, what is a workflow's step about it. What few of them share stays on its own.
 * What is left out has a chunk of its own: inside the chunk of one package it would bring that along for another one.
 */
const GROUPS: CodeSplittingGroup[] = [
  { test: /module-left-out/, name: "left-out", priority: 4, minSize: 0 },
  { test: /node_modules/, name: packageOf, debugName: "packages", priority: 3, minSize: 0 },
  { name: startChunk, debugName: "start", priority: 2, minShareCount: 2, minSize: 0 },
  { test: /\/src\/(?!faces\/)/, name: "work", priority: 1, minShareCount: 4, minSize: 0 },
  { test: /\/src\/faces\/workflow\//, name: "workflow", minShareCount: 4, minSize: 0 },
];

/** `start` for what the command line loads before it knows what it is asked for. */
function startChunk(id: string, build: ChunkingContext): string | null {
  if (started.size === 0) started.add(join(ROOT, "src", "cli.ts"));
  // A set goes on with what is added to it meanwhile. What a module imports only when it needs it is not among these.
  for (const one of started) for (const imported of build.getModuleInfo(one)?.importedIds ?? []) started.add(imported);
  return started.has(id) || id.includes("@oxc-project+runtime") ? "start" : null;
}

/** What the command line is made of before it imports an operation. */
const started = new Set<string>();

/** The package that a module is of, as a chunk's name. */
function packageOf(id: string): string | null {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
  return name === undefined ? null : name.replace(/^@/, "").replace("/", "-");
}

/** The entries: each action's main.ts by its name, and the root action's; with what some run at the end of their job. */
async function entries(): Promise<Readonly<Record<string, string>>> {
  const folders = [["deploy", "."], ...(await readdir(join(ROOT, "actions"))).sort().map((name) => [name, `./actions/${name}`])];
  const found: Record<string, string> = {};
  for (const [name = "", folder = ""] of folders) {
    if (existsSync(join(ROOT, folder, "main.ts"))) found[name] = `${folder}/main.ts`;
    if (existsSync(join(ROOT, folder, "post.ts"))) found[`${name}-post`] = `${folder}/post.ts`;
  }
  return found;
}

/** Everything below `dist/`, by path. */
async function build(): Promise<ReadonlyMap<string, string | Buffer>> {
  const chunks = await bundle({ ...(await entries()), [CLI]: "./src/cli.ts" }, "chunks");
  const files = new Map<string, string | Buffer>(chunks.map((chunk) => [chunk.fileName, chunk.code]));
  files.set(`shared/${WASM}`, await readFile(WASM_FILE));
  files.set("cli.js", START);
  files.set(
    "LICENSES.txt",
    await licences(
      ROOT,
      chunks.flatMap((chunk) => chunk.moduleIds),
    ),
  );
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Words that an old Node understands too. */
const OLD_NODE = `#!/usr/bin/env node
"use strict";
if (Number(process.versions.node.split(".")[0]) < ${NODE}) {
  console.error("savepoint needs Node ${NODE} or newer; this is " + process.version + ".");
  process.exit(2);
}
`;

/** `dist/cli.js`: starts what the actions share. Who took it alone is told what to take. */
const START = `${OLD_NODE}import("./shared/cli.js").catch(function (error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error("The folder shared/ is not beside " + process.argv[1] + ". To keep one file alone, take cli.js of a release.");
  process.exitCode = 2;
});
`;

/**
 * One file that runs wherever it is put: without `import` and `export` it is a script to Node, whether a package.json
 * above it says `module`, `commonjs` or nothing.
 */
async function oneFile(): Promise<string> {
  const [cli, ...more] = await bundle({ [CLI]: "./src/cli.ts" }, "one file");
  if (cli === undefined || more.length > 0) throw new Error("the command line must be one file");
  return `${OLD_NODE}(function (require, module, exports, __dirname) {
${cli.code}
})(typeof require === "function" ? require : process.getBuiltinModule("node:module").createRequire(process.argv[1]), { exports: {} }, {}, process.getBuiltinModule("node:path").dirname(process.argv[1] ?? "."));
`;
}

async function write(files: ReadonlyMap<string, string | Buffer>, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [name, code] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }
  await chmod(join(folder, "cli.js"), 0o755);
}

/** The names of the files that differ between what was built and what is in the folder. */
async function differences(files: ReadonlyMap<string, string | Buffer>, folder: string): Promise<readonly string[]> {
  const there = existsSync(folder)
    ? (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    : [];
  const names = new Set([...files.keys(), ...there.map((entry) => relative(folder, join(entry.parentPath, entry.name)))]);
  const differing: string[] = [];
  for (const name of names) {
    const committed = await readFile(join(folder, name)).catch(() => undefined);
    const built = files.get(name);
    if (committed === undefined || built === undefined || !committed.equals(Buffer.from(built))) differing.push(name);
  }
  return differing.sort();
}

if (process.argv[2] === "--one-file") {
  const path = process.argv[3] ?? "cli.js";
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await oneFile(), { mode: 0o755 });
} else {
  const files = await build();
  if (process.argv.includes("--check")) {
    const differing = await differences(files, DIST);
    for (const name of differing) console.error(`dist/${name} is not what the sources give.`);
    if (differing.length > 0) {
      const copy = await mkdtemp(join(tmpdir(), "savepoint-dist-"));
      await write(files, join(copy, basename(DIST)));
      console.error(`Run \`npm run build\` and commit dist/. What was built is in ${copy}.`);
      process.exit(1);
    }
    console.log(`dist/ is what the sources give (${files.size} files).`);
  } else {
    await write(files, process.argv[2] === "--into" ? (process.argv[3] ?? DIST) : DIST);
    const size = [...files.values()].reduce((sum, code) => sum + Buffer.byteLength(code), 0);
    console.log(`dist/: ${files.size} files, ${(size / 1e6).toFixed(1)} MB`);
  }
}
