/** What a failure's code stands for: the text of its section in `docs/troubleshooting.md`. */
export interface CodeRow {
  /** What happened, in one sentence. */
  readonly happened: string;
  /** How one gets there. */
  readonly arises: string;
  /** What to do, the likeliest first. Operations are named in backquotes with the flags that they have. */
  readonly mend: string;
}

export type CodeTable = Readonly<Record<string, CodeRow>>;
