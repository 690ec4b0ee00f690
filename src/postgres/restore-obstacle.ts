/** Something that would keep a backup from becoming the live database again, and the statement or step that lifts it. */
export interface RestoreObstacle {
  readonly problem: string;
  readonly fix: string;
}
