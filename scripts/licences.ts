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

async function licenceOf(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { name: string; version: string; license?: unknown };
  const file = (await readdir(folder)).sort().find((name) => /^(licen[cs]e|copying)(\.|-|$)/i.test(name));
  const licence = typeof manifest.license === "string" ? manifest.license : "see its package";
  const text =
    file === undefined
      ? `${licence} (the package carries no licence file)`
      : (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim();
  return `${manifest.name} ${manifest.version} (${licence})\n\n${text}`;
}
