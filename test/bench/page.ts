import { readFile, writeFile } from "node:fs/promises";
import type { Findings } from "./judgement.ts";
import { inUnits, median } from "./rounds.ts";

/** When, where and how a bench ran. */
export interface Circumstances {
  readonly date: string;
  readonly machine: string;
  readonly command: string;
  readonly rounds: number;
}

/** A bench's findings as Markdown. */
export function section({ series, judgements, notes }: Findings, { date, machine, command, rounds }: Circumstances): string {
  return [
    `Measured on ${date} on ${machine}, by \`${command}\`: ${rounds} rounds in turn after one to warm up.`,
    "",
    "| target | measured | |",
    "| --- | ---: | --- |",
    ...judgements.map((one) => `| ${one.target} | ${one.measured} | ${one.met ? "met" : "**MISSED**"} |`),
    "",
    "| | min | median | max |",
    "| --- | ---: | ---: | ---: |",
    ...series.map(
      ({ what, samples }) =>
        `| ${escaped(what)} | ${inUnits(Math.min(...samples))} | ${inUnits(median(samples))} | ${inUnits(Math.max(...samples))} |`,
    ),
    "",
    ...notes.flatMap((note) => [note, ""]),
  ]
    .join("\n")
    .trimEnd();
}

/** Puts a bench's section in its place on the page, which is between its two markers. */
export async function write(page: string, bench: string, text: string): Promise<void> {
  const before = await readFile(page, "utf8");
  const [begin, end] = [`<!-- bench:${bench} -->\n`, `\n<!-- /bench:${bench} -->`];
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${bench}: ${begin.trim()} … ${end.trim()}`);
  await writeFile(page, before.slice(0, from + begin.length) + text + before.slice(to));
}

function escaped(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
