/** What every YAML reader takes for text as it stands, also inside of brackets. */
const PLAIN = /^[A-Za-z/][\w./@-]*(?:[:=][\w./@-]+)*$/;
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/** A text as one scalar of YAML. GitHub's expressions stay expressions in it: nothing that may hold one comes here. */
export function inYaml(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text) ? text : JSON.stringify(text);
}
