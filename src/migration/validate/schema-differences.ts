/** What two listings of a schema (`wholeListing`) do not share, by object. */
export interface SchemaDifference {
  /** Its kind and its name: `table public.orders`. */
  readonly object: string;
  /** Undefined where it is not there. */
  readonly first: string | undefined;
  readonly second: string | undefined;
}

/** Ordered by object. Pure. */
export function schemaDifferences(first: readonly string[], second: readonly string[]): readonly SchemaDifference[] {
  const [before, after] = [byObject(first), byObject(second)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((object) => before.get(object) !== after.get(object))
    .sort()
    .map((object) => ({ object, first: before.get(object), second: after.get(object) }));
}

/** Several lines of one object (the rights of a table, say) are one. */
function byObject(listing: readonly string[]): ReadonlyMap<string, string> {
  const lines = listing.map((line) => {
    const at = line.indexOf(": ");
    return at < 0 ? { object: line, said: "" } : { object: line.slice(0, at), said: line.slice(at + 2) };
  });
  return new Map(
    [...Map.groupBy(lines, ({ object }) => object)].map(([object, same]) => [
      object,
      same
        .map(({ said }) => said)
        .sort()
        .join("; "),
    ]),
  );
}
