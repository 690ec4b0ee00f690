/**
 * Markdown for a conversation: where somebody else's text would call a person or link to another issue, it does so no more. A mention
 * is one however its `@` is written, but not with a space of no width behind it. What stands as code calls nobody. Pure.
 */
export function quietMarkdown(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split("\n")
    .map((line) => {
      if (fence !== undefined) {
        if (line.trim() === fence) fence = undefined;
        return line;
      }
      fence = /^`{3,}/.exec(line)?.[0];
      return fence === undefined ? quietLine(line) : line;
    })
    .join("\n");
}

/** Our own links and code spans stay as they are: in the text of others each `]` has a backslash before it, and no `<` is left. */
const OWN = /((?<!\\)\]\([^)\s]*\)|<code>.*?<\/code>)/;

function quietLine(line: string): string {
  return line
    .split(OWN)
    .map((part, at) => (at % 2 === 1 ? part : quiet(part)))
    .join("");
}

function quiet(text: string): string {
  return text
    .replaceAll(/@|&#64;/g, "$&&#8203;")
    .replaceAll(/(?<!&)#(?=\d)/g, "#&#8203;")
    .replaceAll(/\bGH-(?=\d)/gi, "$&&#8203;")
    .replaceAll("&#47;&#47;", "&#47;&#8203;&#47;");
}
