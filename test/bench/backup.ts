import { atLeast, atMost, type Findings } from "./judgement.ts";
import { type Contender, interleaved, type Series } from "./rounds.ts";
import type { Site } from "./site.ts";

export const SCRIPT = "pg_dump --clean --if-exists shop | gzip -9 > script.sql.gz";

/** The parts that `savepoint backup` is made of, one after the other, by hand. */
const PARTS = [
  "pg_dump --format=custom --compress=1 --file=bare.dump shop",
  "sha256sum bare.dump",
  "pg_restore --file=/dev/null bare.dump",
  "sync",
];

/** A backup with verification `read` against the usual script, and against the bare sum of its own parts. */
export async function benchBackup(site: Site, rounds: number, say: (text: string) => void): Promise<Findings> {
  const prepare = async (): Promise<void> => await site.settle();
  const contenders: readonly Contender[] = [
    { what: "the script", prepare, run: async () => await site.shell(SCRIPT) },
    {
      what: "savepoint backup",
      prepare,
      run: async () =>
        await site.savepoint(
          "backup",
          "--purpose",
          "manual",
          "--verify",
          "read",
          "--keep-last",
          "1",
          "--keep-daily",
          "0",
          "--min-keep",
          "1",
        ),
    },
    ...PARTS.map((part, index) => ({ what: part, ...(index === 0 ? { prepare } : {}), run: async () => await site.shell(part) })),
  ];
  const measured = await interleaved(contenders, rounds, say);
  const [script, ours, ...parts] = measured as [Series, Series, ...Series[]];
  const sum: Series = {
    what: "the sum of the parts",
    samples: ours.samples.map((_, round) => parts.reduce((total, part) => total + (part.samples[round] ?? 0), 0)),
  };
  return {
    series: [script, ours, sum, ...parts.map((part) => ({ ...part, what: `\`${part.what}\`` }))],
    judgements: [atLeast(3.5, script, ours), atMost(1.15, ours, sum)],
    notes: [
      `The script is \`${SCRIPT}\` and verifies nothing. \`savepoint backup --verify read\` dumps, reads every byte back through \`pg_restore\`, makes a checksum, counts the rows under the dump's own snapshot, and publishes dump and manifest durably.`,
    ],
  };
}
