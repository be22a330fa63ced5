import type { Cause } from './cause.ts';
import { abortedTransaction } from './causes/aborted-transaction.ts';
import { answerWait } from './causes/answer-wait.ts';
import { blockedLoop } from './causes/blocked-loop.ts';
import { cancelEscalation } from './causes/cancel-escalation.ts';
import { cancelRace } from './causes/cancel-race.ts';
import { connectionError } from './causes/connection-error.ts';
import { connectionTurn } from './causes/connection-turn.ts';
import { crash } from './causes/crash.ts';
import { credentials } from './causes/credentials.ts';
import { fullDisk } from './causes/full-disk.ts';
import { hostKeyFailure } from './causes/host-key-failure.ts';
import { idleClose } from './causes/idle-close.ts';
import { idleRollback } from './causes/idle-rollback.ts';
import { lockWait } from './causes/lock-wait.ts';
import { lockedVault } from './causes/locked-vault.ts';
import { noAnswer } from './causes/no-answer.ts';
import { openTransaction } from './causes/open-transaction.ts';
import { outsideStop } from './causes/outside-stop.ts';
import { readOnlyServer } from './causes/read-only-server.ts';
import { readingPause } from './causes/reading-pause.ts';
import { recoveryConflict } from './causes/recovery-conflict.ts';
import { refusal } from './causes/refusal.ts';
import { serverError } from './causes/server-error.ts';
import { serverRestart } from './causes/server-restart.ts';
import { sleepLoss } from './causes/sleep-loss.ts';
import { slotTurn } from './causes/slot-turn.ts';
import { slowConnect } from './causes/slow-connect.ts';
import { slowDisk } from './causes/slow-disk.ts';
import { slowFirstRow } from './causes/slow-first-row.ts';
import { slowStream } from './causes/slow-stream.ts';
import { timeout } from './causes/timeout.ts';
import { tlsFailure } from './causes/tls-failure.ts';
import { tooManyConnections } from './causes/too-many-connections.ts';
import { tunnelFailure } from './causes/tunnel-failure.ts';
import { tunnelFlapping } from './causes/tunnel-flapping.ts';
import { unreachable } from './causes/unreachable.ts';
import { writeConflict } from './causes/write-conflict.ts';

/** Every cause that is looked for: the gravest first, and among the equally grave those that explain the others. */
export const CAUSES: readonly Cause[] = [
  // What was lost, and may have been done.
  crash,
  serverRestart,
  outsideStop,
  noAnswer,
  idleClose,
  sleepLoss,
  tunnelFailure,
  tunnelFlapping,
  // Why there was no connection.
  unreachable,
  hostKeyFailure,
  tlsFailure,
  credentials,
  tooManyConnections,
  connectionError,
  // What kept the program from its work.
  fullDisk,
  lockedVault,
  // How statements and transactions ended.
  cancelRace,
  cancelEscalation,
  timeout,
  openTransaction,
  idleRollback,
  writeConflict,
  recoveryConflict,
  abortedTransaction,
  readOnlyServer,
  serverError,
  refusal,
  // What took long.
  lockWait,
  connectionTurn,
  slotTurn,
  slowFirstRow,
  slowStream,
  readingPause,
  answerWait,
  slowConnect,
  slowDisk,
  blockedLoop,
];
