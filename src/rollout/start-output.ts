import { posix } from "node:path";

/** Where what a start-command starts writes to, as far as the command's text tells. */
export type OutputPlace =
  | { readonly kind: "file"; readonly path: string }
  /** Somebody else keeps it; these words show its end. */
  | { readonly kind: "keeper"; readonly words: readonly string[] };

/** Those that start programs and keep what they write. */
const KEEPERS: readonly { readonly by: RegExp; readonly shown: (match: RegExpMatchArray) => readonly string[] }[] = [
  {
    by: /\bsystemctl((?:\s+--?[\w=-]+)*)\s+(?:re)?start\s+([\w@.:\\-]+)/g,
    shown: ([, options = "", unit = ""]) => [
      "journalctl",
      ...(options.includes("--user") ? ["--user"] : []),
      "-u",
      unit,
      "-n",
      "50",
      "--no-pager",
    ],
  },
  { by: /\bpm2\s+(?:start|restart|reload|startOrRestart|startOrReload)\b/g, shown: () => ["pm2", "logs", "--nostream", "--lines", "50"] },
];

/** Names of files that a text's redirections fill with what programs write. What a shell would have to work out first is not told. */
export function outputPlaces(text: string, folder: string): readonly OutputPlace[] {
  const files = segments(text).flatMap((segment) => {
    // A process's number, a flag: written by the text itself.
    if (/^(?:echo|printf|:)\b/.test(segment)) return [];
    return [...segment.matchAll(/(?:^|[\s&12])>{1,2}\|?\s*("[^"]+"|'[^']+'|[^\s;&|<>()"']+)/g)].map(([, name = ""]) =>
      name.replaceAll(/^["']|["']$/g, ""),
    );
  });
  const named = [...new Set(files)].filter((name) => !/[$`*?~]/.test(name) && !name.startsWith("/dev/"));
  return [
    ...named.map((name) => ({ kind: "file" as const, path: posix.resolve(folder, name) })),
    ...KEEPERS.flatMap(({ by, shown }) => [...text.matchAll(by)].map((match) => ({ kind: "keeper" as const, words: shown(match) }))),
  ];
}

/** Each command of a text, roughly: `2>&1` and `&>` end none. */
function segments(text: string): readonly string[] {
  return text.split(/;|\n|&&|\|\||(?<![<>])&(?!>)/).map((segment) => segment.trim());
}
