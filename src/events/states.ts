/**
 * The states of each machine as they stand on the tape, without the transaction that a connection is in beside its work. Whoever
 * shows states has a table over these, so that a new state is a type error there.
 */
export const STATES = {
  workspace: ['running.recording', 'running.unrecorded', 'stopping', 'stopped'],
  session: [
    'opening.connecting',
    'open.connected',
    'open.reconnecting.waiting',
    'open.reconnecting.connecting',
    'open.disconnected',
    'closing.cancelling',
    'closing.disconnecting',
    'offline',
    'failed',
  ],
  tab: [
    'open',
    'interrupted.lost',
    'interrupted.rollingBack',
    'interrupted.rolledBack',
    'retiring',
    'closed',
  ],
  script: ['running', 'stopping', 'ended'],
  prompt: ['open', 'answered', 'dismissed', 'expired'],
  orphan: [
    'checking',
    'running',
    'laterStatement',
    'inTransaction',
    'idle',
    'gone',
    'unknown',
    'cancelling.requested',
    'cancelling.confirming',
    'dismissed',
  ],
  connection: [
    'opening',
    'open.work.idle',
    'open.work.expired',
    'open.work.busy',
    'closing',
    'closed',
    'lost',
  ],
  query: [
    'queued.onConnection',
    'queued.inSession',
    'classifying',
    'confirming',
    'counting.running',
    'counting.stopping',
    'recording',
    'running.executing',
    'running.streaming',
    'running.paused',
    'running.cancelling.requested',
    'running.cancelling.acknowledged',
    'running.cancelling.escalating',
    'refused',
    'succeeded',
    'failed',
    'cancelled',
    'timedOut',
    'lost.notRun',
    'lost.mayHaveCompleted',
  ],
} as const;

/** The kinds of actor that have a machine. */
export type StatefulKind = keyof typeof STATES;
/** A state of a kind of actor. */
export type StateOf<K extends StatefulKind> = (typeof STATES)[K][number];
