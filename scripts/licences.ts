import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The licences of the packages whose code is in the bundle, one after the other. */
export async function licences(root: string, moduleIds: readonly string[]): Promise<string> {
  const folders = new Set(
    moduleIds.flatMap((id) => {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replace(/^\0/, "").replaceAll("\\", "/"));
      return match?.[1] === undefined ? [] : [match[1].startsWith("/") ? match[1] : join(root, match[1])];
    }),
  );
  const parts: string[] = [];
  for (const folder of folders) parts.push(await licenceOf(folder));
  return `${parts.sort().join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: unknown;
  /** The form of long ago. */
  readonly licenses?: readonly { readonly type: string }[];
}

/** Throws where a package carries no text of its licence: then it may not be given on. */
async function licenceOf(folder: string): Promise<string> {
  const { name, version, license, licenses } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
  const files = (await readdir(folder)).sort();
  const own = files.find((file) => /^(licen[cs]e|copying)(\.|-|$)/i.test(file));
  const page = files.find((file) => /^readme(\.|$)/i.test(file));
  const text = own === undefined ? licencePart(await read(folder, page)) : await read(folder, own);
  if (text === "") throw new Error(`${name} ${version} carries no text of its licence`);
  return `${name} ${version} (${typeof license === "string" ? license : licenses?.map(({ type }) => type).join(" or ")})\n\n${text}`;
}

async function read(folder: string, file: string | undefined): Promise<string> {
  return file === undefined ? "" : (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim();
}

/** Some have it at the end of their page alone. */
function licencePart(page: string): string {
  return /^#+ *licen[cs]e\s*$(.*)/ims.exec(page)?.[1]?.trim() ?? "";
}
