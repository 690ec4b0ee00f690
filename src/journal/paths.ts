/** Where everything of one environment lives below its state directory. */
export interface StatePaths {
  readonly root: string;
  readonly journal: string;
  readonly identity: string;
  readonly lock: string;
  readonly beat: string;
  /** Whose turn it is to tell again that a person is needed, and that run's sign of life. */
  readonly repeat: string;
  readonly repeatBeat: string;
  readonly backups: string;
  /** One note a running command, so that a later process can end what this one left. */
  readonly running: string;
  /** A folder a deploy: the script that takes it back, and how that stands. */
  readonly watchdogs: string;
}

export function statePaths(root: string): StatePaths {
  return {
    root,
    journal: `${root}/journal.jsonl`,
    identity: `${root}/identity.json`,
    lock: `${root}/lock`,
    beat: `${root}/beat`,
    repeat: `${root}/repeat`,
    repeatBeat: `${root}/repeat.beat`,
    backups: `${root}/backups`,
    running: `${root}/running`,
    watchdogs: `${root}/watchdog`,
  };
}
