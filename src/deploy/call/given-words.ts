import type { Section } from "../../core/input.ts";
import { flag } from "../../core/kinds.ts";
import { FLAGS, type Settings } from "../../core/settings.ts";

/** The flags of this call as words, without those named (by what they are called on the command line). */
export function givenWords(settings: Settings, sections: readonly Section[], without: ReadonlySet<string>): readonly string[] {
  const said = settings.layers.find(({ source }) => source === FLAGS)?.raw ?? {};
  return sections.flatMap((section) =>
    Object.entries(said[section.name] ?? {}).flatMap(([name, value]) => {
      const external = settings.nameOf(section.name, name);
      if (without.has(external)) return [];
      if (section.inputs[name]?.kind === flag && value === "true") return [`--${external}`];
      // What begins with a dash could be read as a flag.
      return value.startsWith("-") ? [`--${external}=${value}`] : [`--${external}`, value];
    }),
  );
}

/** What a printed command says of its own accord, whatever was given. */
export const PLACE_FLAGS: ReadonlySet<string> = new Set(["environment", "host", "app", "jump-host", "state-dir"]);
