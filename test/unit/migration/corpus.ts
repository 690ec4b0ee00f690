import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
/** Texts in the tests' own code: in backquotes with nothing filled in, or in double quotes. */
const TEXTS = /`((?:[^`\\$]|\\[^u]|\$(?!\{))*)`|"((?:[^"\\\n]|\\.)*)"/g;
const SQL = /^\s*(?:--|\/\*|(?:CREATE|ALTER|DROP|SELECT|INSERT|UPDATE|DELETE|DO|BEGIN|WITH|GRANT|COMMENT|SET|COPY)\b)/i;

/** Every text in the tests and examples that looks like SQL, once. What of it is none, PostgreSQL's parser says. */
export function sqlInTheTests(): readonly string[] {
  const files = globSync("{test,scripts,.github}/**/*.{ts,sql}", { cwd: ROOT }).sort();
  const found = files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return file.endsWith(".sql") ? [text] : [...text.matchAll(TEXTS)].map(([, template, quoted]) => template ?? unquoted(quoted ?? ""));
  });
  return [...new Set(found)].filter((text) => SQL.test(text) && text.trim().includes(" "));
}

/** Escapes of a string in code; one that JSON has not is no SQL of ours. */
function unquoted(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return "";
  }
}
