import type { ActorKind, TapeEvent } from '../events/envelope.ts';
import type { QueryPurpose } from '../events/query.ts';

/** A kind of actor that has a machine. */
type MachineKind = Exclude<ActorKind, 'tape'>;

/**
 * What an effect reports to the machine that began it: of each event, which answer it is part of. An answer is given once; null for an
 * event that may come again and again.
 */
type Reports = Readonly<Record<string, string | null>>;

const ONCE = 'answer';

/** What each machine's effects report, by the effect's id in its chart, and under `any` what all do once something was thrown. */
const REPORTS: Readonly<Record<MachineKind, Readonly<Record<string, Reports>>>> = {
  workspace: {},
  session: {},
  tab: {},
  script: {},
  prompt: {},
  connection: {
    any: { 'connection.lost': null },
    connect: { 'connection.opened': ONCE, 'connection.notOpened': ONCE, 'connection.stateChanged': null },
    disconnect: { 'connection.closed': ONCE },
  },
  query: {
    any: { 'query.abandoned': null },
    classify: { 'query.classified': ONCE },
    count: { 'query.counted': ONCE },
    record: { 'query.recorded': ONCE, 'query.notRecorded': ONCE },
    execute: {
      'query.completed': ONCE,
      'query.failed': ONCE,
      'query.lost': ONCE,
      'query.withheld': ONCE,
      'query.firstRowArrived': 'firstRow',
      'query.rowLimitReached': 'cut',
      'query.resultLimitReached': 'cut',
      'query.progressed': null,
      'query.noticed': null,
      'query.paused': null,
      'query.resumed': null,
    },
    cancel: {
      'query.cancelSent': null,
      'query.cancelAcknowledged': null,
      'query.cancelRefused': null,
      'query.cancelEscalated': null,
    },
  },
  orphan: {
    any: { 'orphan.notChecked': null },
    look: { 'orphan.found': ONCE },
    terminate: { 'orphan.terminated': ONCE, 'orphan.notTerminated': ONCE },
    confirm: { 'orphan.found': ONCE },
  },
  tunnel: {
    any: { 'tunnel.notOpened': null, 'tunnel.lost': null },
    open: {
      'tunnel.opened': ONCE,
      'tunnel.chosen': 'chosen',
      'tunnel.spawned': null,
      'tunnel.hopReached': null,
      'tunnel.hostKeySeen': null,
      'tunnel.asked': null,
      'tunnel.signInBegan': null,
      'tunnel.signedIn': null,
    },
    disconnect: { 'tunnel.closed': ONCE },
  },
};

/** The answer that an effect's event is part of, null where it may repeat; undefined where that effect does not report it. */
export function answerOf(kind: ActorKind, effect: string, type: string): string | null | undefined {
  const ofKind = kind === 'tape' ? {} : REPORTS[kind];
  const own = ofKind[effect];
  if (own && Object.hasOwn(own, type)) return own[type];
  const { any } = ofKind;
  return any && Object.hasOwn(any, type) ? any[type] : undefined;
}

/** What reaches each machine from outside of all of them: commands, and what a driver says of a connection or tunnel by itself. */
const FROM_OUTSIDE: Readonly<Record<Exclude<MachineKind, 'workspace'>, ReadonlySet<string>>> = {
  session: new Set([
    'query.submit',
    'tab.close',
    'transaction.lossSeen',
    'session.close',
    'session.reconnect',
  ]),
  tab: new Set(),
  script: new Set(),
  connection: new Set(['connection.lost', 'connection.stateChanged']),
  query: new Set([
    'query.cancel',
    'query.countWanted',
    'query.blockersWanted',
    'query.blockersFound',
    'query.blockersNotFound',
  ]),
  prompt: new Set(['prompt.answered', 'prompt.dismissed']),
  orphan: new Set(['orphan.check', 'orphan.cancel']),
  tunnel: new Set(['tunnel.lost', 'tunnel.close']),
};

/** What reaches the workspace from other machines alone. */
const TO_WORKSPACE: ReadonlySet<string> = new Set([
  'session.ended',
  'orphan.dismissed',
  'tunnel.forwarding',
  'tunnel.interrupted',
  'tunnel.ended',
]);

/** Whether an event reaches a machine without a record that led to it. */
export function comesFromOutside(kind: ActorKind, type: string): boolean {
  if (kind === 'tape') return true;
  if (kind === 'workspace') return !TO_WORKSPACE.has(type);
  return FROM_OUTSIDE[kind].has(type);
}

/**
 * Whether an event may be a command that an effect gives to another actor, caused by the record that began the effect, which may have
 * ended by then: to look for an orphan, to read the catalogue, to roll back what has been idle for too long.
 */
export function isCommanded(event: TapeEvent): boolean {
  if (event.type === 'query.submit') return OWN_PURPOSES.has(event.input?.purpose);
  return event.type === 'orphan.look' || event.type === 'orphan.check';
}

const OWN_PURPOSES: ReadonlySet<QueryPurpose> = new Set(['catalogue', 'transaction']);

/** Effects that answer after they have waited for something: a record on disk, a server, another thread. */
const WAITING: Readonly<Partial<Record<MachineKind, ReadonlySet<string>>>> = {
  connection: new Set(['connection.opened', 'connection.notOpened', 'connection.closed']),
  query: new Set(['query.classified', 'query.recorded', 'query.notRecorded']),
  orphan: new Set(['orphan.found', 'orphan.notChecked', 'orphan.terminated', 'orphan.notTerminated']),
  tunnel: new Set(['tunnel.opened', 'tunnel.closed', 'tunnel.chosen', 'tunnel.hopReached', 'tunnel.asked']),
};
/** What may come from outside while machines still send to each other: the tape is full, or a connection breaks as it is let go. */
const IN_BETWEEN: ReadonlySet<string> = new Set([
  'tape.crowded',
  'connection.lost',
  'connection.stateChanged',
  'tunnel.lost',
]);

/**
 * Whether an event, that no machine has sent, comes only when all that machines had to send each other was delivered: it comes from the
 * program's event loop, and machines send within one turn of that.
 */
export function comesByItself(kind: ActorKind, type: string, isCaused: boolean): boolean {
  if (kind === 'tape') return false;
  return isCaused ? WAITING[kind]?.has(type) === true : !IN_BETWEEN.has(type);
}
