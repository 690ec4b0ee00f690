/** One way on from where things stand: a whole command to be pasted as it is, and in one sentence what it does. */
export interface Way {
  readonly command: string;
  readonly means: string;
}
