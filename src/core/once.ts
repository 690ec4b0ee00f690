/** The shortest text of which it can be told that a message holds it: `none` says nothing of where it comes from. */
const TELLING = 12;

/** What was seen, without what the message says already: a line of its own that stands in it word for word. Pure. */
export function notInMessage(message: string, evidence: readonly string[]): readonly string[] {
  return evidence.filter((text, at) => {
    const line = text.trim().replace(/\.$/, "");
    // Without it nobody knows whose lines those below it are.
    const isHead = evidence[at + 1]?.startsWith("| ") === true && !text.startsWith("| ");
    return line.length < TELLING || line.includes("\n") || isHead || !message.includes(line);
  });
}

/**
 * What was seen by a second failure, below what the first one saw: lines that stand there in the same order are not printed
 * again, but counted. Pure.
 */
export function seenSince(before: readonly string[], later: readonly string[]): readonly string[] {
  const first = before.flatMap((text) => text.split("\n"));
  const second = later.flatMap((text) => text.split("\n"));
  const told: string[] = [];
  for (let at = 0; at < second.length;) {
    const same = longestIn(first, second, at);
    if (same === 0) told.push(second[at] ?? "");
    else told.push(same === 1 ? "(one line as above)" : `(${same} lines as above)`);
    at += Math.max(1, same);
  }
  return told;
}

/** How many lines from `at` on stand in the first list, one below the other. */
function longestIn(first: readonly string[], second: readonly string[], at: number): number {
  let longest = 0;
  for (let from = 0; from < first.length; from += 1) {
    let same = 0;
    while (at + same < second.length && from + same < first.length && second[at + same] === first[from + same]) same += 1;
    longest = Math.max(longest, same);
  }
  // An empty line is no fact.
  return second.slice(at, at + longest).some((line) => line.trim() !== "") ? longest : 0;
}
