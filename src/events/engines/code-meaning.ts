/** What a server's error code says about why something went wrong, where a diagnosis has to know it. */
export type CodeMeaning =
  | 'lockWait'
  | 'deadlock'
  /** The transaction can't go on after what another one changed. */
  | 'conflict'
  /** A standby could not replay its primary’s changes beside it. */
  | 'recoveryConflict'
  /** The server shuts down, or has crashed. */
  | 'shutdown'
  /** The server is not ready yet: it starts, or recovers. */
  | 'starting'
  /** This connection was ended on the server: by an administrator, or because the server shuts down. */
  | 'terminated'
  | 'idleLimit'
  | 'idleTransactionLimit'
  | 'transactionAborted'
  | 'serverTimeout'
  /** The statement was stopped on request, or by a time limit. */
  | 'stopped'
  /** The statement was stopped on request: time limits have other codes. */
  | 'killed'
  | 'passwordExpired'
  | 'tooManyConnections'
  | 'serverDiskFull'
  /** The server could not store something: its disk is full, or something else is wrong. */
  | 'serverNotWritten'
  /** The statement writes where only reading is possible: on a standby, or in a transaction that only reads. */
  | 'readOnly'
  /** An option of the server does not allow it: `--read-only` or another one. */
  | 'option';

/** The codes that an engine has for these. */
export type CodeMeanings = Readonly<Record<string, CodeMeaning>>;
