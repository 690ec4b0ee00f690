import fc from "fast-check";

/** Text of any characters there are. fast-check's own first makes a table of all of them, for a second of CPU and a minute on a busy machine. */
export function anyText({ maxLength = 10 }: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  );
  return fc.array(character, { maxLength }).map((points) => String.fromCodePoint(...points));
}
