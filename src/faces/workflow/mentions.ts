import type { Workflow } from "./commands.ts";

/** A command of ours as it is printed where nobody knows what the reader has: `savepoint restore --environment …`. */
const COMMAND = /\bsavepoint [a-z]+(?:-[a-z]+)* --[a-z]/;

/** Whether a text holds a command of ours. */
export function mentionsProgram(text: string): boolean {
  return COMMAND.test(text);
}

/** The same runner, that remembers whether a command of ours was printed: what `savepoint` is has to be said then. */
export function remembering(workflow: Workflow): { readonly workflow: Workflow; readonly mentioned: () => boolean } {
  let mentioned = false;
  const read = (text: string): string => {
    mentioned ||= mentionsProgram(text);
    return text;
  };
  return {
    mentioned: () => mentioned,
    workflow: {
      group: (title) => workflow.group(title),
      endGroup: () => workflow.endGroup(),
      line: (text) => workflow.line(read(text)),
      debug: (text) => workflow.debug(text),
      notice: (text) => workflow.notice(read(text)),
      warning: (text, at) => workflow.warning(read(text), at),
      error: (text, about) => workflow.error(read(text), about),
      mask: (form) => workflow.mask(form),
      output: (name, value) => workflow.output(name, value),
      summary: async (markdown) => await workflow.summary(markdown),
    },
  };
}
