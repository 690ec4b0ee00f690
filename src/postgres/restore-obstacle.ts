/** Something that would keep a backup from becoming the live database again, and the statement or step that lifts it. */
export interface RestoreObstacle {
  readonly problem: string;
  readonly fix: string;
  /** Where `fix` is more than one statement: those there are to choose from, each with what it does. */
  readonly choices?: readonly { readonly sql: string; readonly does: string }[];
}
