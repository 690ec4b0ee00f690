import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";

/** A place in the file, for messages: `savepoint.yml:7`. */
export interface FilePlace {
  readonly at: string;
}

/** One `key: value` of a map, and where it stands. */
export interface FileEntry extends FilePlace {
  readonly key: string;
  readonly value: Node | null;
}

export interface FileProblem extends FilePlace {
  readonly message: string;
}

/** The settings file as parsed: its nodes, and what YAML itself found wrong. */
export class SettingsDocument {
  readonly path: string;
  readonly problems: readonly FileProblem[];
  readonly root: Node | null;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(path: string, text: string) {
    this.path = path;
    // Tabs, duplicates and bad indentation come as errors with offsets; the parser itself does not throw.
    this.#document = parseDocument(text.replace(/^\uFEFF/, ""), {
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: false,
      stringKeys: true,
    });
    this.root = this.#document.contents;
    this.problems = this.#document.errors.map((error) => ({ at: this.#place(error.pos[0]), message: firstLine(error.message) }));
  }

  placeOf(node: Node | null): string {
    return this.#place(node?.range?.[0] ?? 0);
  }

  /** What an alias (`*name`) stands for. */
  resolve(node: Node | null): Node | null {
    return isAlias(node) ? ((node.resolve(this.#document) as Node | undefined) ?? null) : node;
  }

  /**
   * The entries of a map, those merged in by `<<` last and only where the map itself does not have them. `within` are the
   * maps that are being merged: one that merges itself has no end.
   */
  entries(map: YAMLMap, within: readonly YAMLMap[] = []): readonly FileEntry[] {
    const own: FileEntry[] = [];
    const merged: FileEntry[] = [];
    const around = [...within, map];
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const value = this.resolve(pair.value as Node | null);
      if (key === "<<" && isMap(value) && !around.includes(value)) merged.push(...this.entries(value, around));
      else own.push({ key, value, at: this.placeOf(pair.key as Node) });
    }
    const taken = new Set(own.map((entry) => entry.key));
    return [...own, ...merged.filter((entry) => !taken.has(entry.key))];
  }

  #place(offset: number): string {
    return `${this.path}:${this.#lines.linePos(offset).line}`;
  }
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}
