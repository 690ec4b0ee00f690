import { atLeast, atMost, type Findings } from "./judgement.ts";
import { type Contender, interleaved, type Series } from "./rounds.ts";
import type { Site } from "./site.ts";

export const SCRIPT = "pg_dump --clean --if-exists shop | gzip -9 > script.sql.gz";

/** The parts that `savepoint backup` is made of where pg_dump knows no zstd, one after the other, by hand. */
const PARTS = [
  "pg_dump --format=custom --compress=0 shop | zstd -q -1 -T2 > bare.dump",
  "sha256sum bare.dump",
  "zstd -q -d -c bare.dump | pg_restore --file=/dev/null",
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
    judgements: [atLeast(4.5, script, ours), atMost(1.15, ours, sum)],
    notes: [
      `The script is \`${SCRIPT}\` and verifies nothing. \`savepoint backup --verify read\` dumps (through \`zstd\`, where \`pg_dump\` knows none itself), reads every byte back through \`pg_restore\`, makes a checksum, counts the rows under the dump's own snapshot, and publishes dump and manifest durably.`,
    ],
  };
}
