/** One way on from where things stand: a whole command to be pasted as it is, and in one sentence what it does. */
export interface Way {
  readonly command: string;
  readonly means: string;
  /** Whose texts print as `***` in the command, where it holds a secret: `the value of database-url`. Only faces know. */
  readonly hidden?: readonly string[];
}
