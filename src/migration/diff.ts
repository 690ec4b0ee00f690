const CONTEXT = 2;
const LIMIT = 40;

/**
 * The lines in which two texts differ, `- ` gone and `+ ` come, with two lines around each change; at most 40.
 * Exact by the longest common subsequence; very long texts are compared from both ends only.
 */
export function differenceOf(before: string, after: string): readonly string[] {
  const [a, b] = [before.trim().split("\n"), after.trim().split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const marked = [
    ...a.slice(0, head).map((line) => `  ${line}`),
    ...changed(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map((line) => `  ${line}`),
  ];
  return shorten(marked);
}

function changed(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length * b.length > 1_000_000) return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)];
  // lengths[i][j]: the longest common subsequence of a from i and b from j.
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = lengths[i] as Uint32Array;
    for (let j = b.length - 1; j >= 0; j -= 1) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i]}`);
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`- ${a[i]}`);
      i += 1;
    } else {
      lines.push(`+ ${b[j]}`);
      j += 1;
    }
  }
  return lines;
}

function shorten(lines: readonly string[]): readonly string[] {
  const near = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => !line.startsWith("  "));
  const shown: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (near(index)) shown.push(line);
    else if (shown.length > 0 && shown.at(-1) !== "  …") shown.push("  …");
  }
  if (shown.at(-1) === "  …") shown.pop();
  return shown.length > LIMIT ? [...shown.slice(0, LIMIT), `  … and ${shown.length - LIMIT} more lines`] : shown;
}
