import { debug, endGroup, error, info, notice, setOutput, setSecret, startGroup, summary, warning } from "@actions/core";

/** What a workflow runner does for an action. The one place that speaks its protocol. */
export interface Workflow {
  group(title: string): void;
  endGroup(): void;
  line(text: string): void;
  debug(text: string): void;
  notice(text: string): void;
  /** With a place, it is shown at that line of the checkout's file as well. */
  warning(text: string, at?: { readonly file: string; readonly startLine: number }): void;
  /** With a place, it is shown at that line of the checkout's file as well. */
  error(text: string, about: { readonly title: string; readonly file?: string; readonly startLine?: number }): void;
  mask(form: string): void;
  /** Throws where the runner's file cannot be written. */
  output(name: string, value: string): void;
  summary(markdown: string): Promise<void>;
}

export const runner: Workflow = {
  group: (title) => startGroup(title),
  endGroup: () => endGroup(),
  line: (text) => info(text),
  debug: (text) => debug(text),
  notice: (text) => notice(text),
  warning: (text, at) => warning(text, at),
  error: (text, about) => error(text, about),
  mask: (form) => setSecret(form),
  output: (name, value) => setOutput(name, value),
  summary: async (markdown) => {
    await summary.addRaw(markdown).write();
  },
};
