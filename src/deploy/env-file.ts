/** The assignments of a `.env` file: `NAME=value`, `export NAME="value"`, comments; the last one counts. */
export function parseEnvFile(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const [, name = "", raw = ""] = match;
    const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(raw);
    values.set(name, quoted ? unescaped(quoted[2] ?? "", quoted[1] === '"') : raw.replace(/\s+#.*$/, ""));
  }
  return values;
}

function unescaped(value: string, double: boolean): string {
  return double ? value.replaceAll(/\\(["\\$n])/g, (_, char: string) => (char === "n" ? "\n" : char)) : value;
}
