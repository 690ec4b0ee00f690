/** One setting of a session, as `-c name=value` gives it to the server. */
export interface ServerSetting {
  /** In small letters, with `_`: the server takes all spellings for one. */
  readonly name: string;
  readonly value: string;
}

/** The words of an `options` text, cut as the server cuts them: at white space, where no backslash stands before it. */
export function optionWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (/[ \t\n\v\f\r]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "\\") {
      at += 1;
      word = `${word ?? ""}${text.charAt(at)}`;
    } else word = `${word ?? ""}${char}`;
  }
  return word === undefined ? words : [...words, word];
}

/** The settings in an `options` text: `-c name=value`, `-cname=value`, `--name=value`. What else stands there is left out. */
export function settingsIn(text: string): readonly ServerSetting[] {
  const words = [...optionWords(text)];
  const settings: ServerSetting[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const pair = word === "-c" ? (words.shift() ?? "") : /^(?:-c|--)(.+)$/s.exec(word)?.[1];
    const equals = pair?.indexOf("=") ?? -1;
    if (pair === undefined || equals < 1) continue;
    settings.push({ name: pair.slice(0, equals).toLowerCase().replaceAll("-", "_"), value: pair.slice(equals + 1) });
  }
  return settings;
}

/** A setting as a part of an `options` text: `-c search_path=a,\ b`. */
export function asOption({ name, value }: ServerSetting): string {
  return `-c ${name}=${value.replaceAll(/[\\ \t\n\v\f\r]/g, (char) => `\\${char}`)}`;
}
