import { AFTER_CANCEL_WORDS, CUT_WORDS } from '../../events/cut-words.ts';
import { durationText } from '../../events/duration-text.ts';
import type { Envelope, TapeEvent } from '../../events/envelope.ts';
import type { LockWait } from '../../events/lock-wait.ts';
import type { OrphanStatus } from '../../events/orphan.ts';
import type { AfterCancel, CancelReason, Outcome } from '../../events/query.ts';
import type { Cut } from '../../events/result.ts';
import type { TunnelPromptKind } from '../../events/tunnel-facts.ts';
import { upcast } from '../../events/upcast.ts';
import { bytesText, rowsText, thousands } from './format.ts';
import { OUTCOME_WORDS } from './outcome-text.ts';
import { type Colour, stateColour } from './state-colour.ts';

/** An event of the vocabulary; a delay's and an effect's have the state in their names. */
type EventName = Exclude<TapeEvent['type'], `xstate.${'after' | 'error'}.${string}`>;
type Fields = Readonly<Record<string, unknown>>;

interface Label {
  readonly words: string;
  /** The figure or the word that matters most. */
  readonly figure?: (event: Fields) => string | undefined;
  /** What the dot means where the actor's state says nothing; `quiet` where it is left out. */
  readonly colour?: Colour;
}

const WAITS = {
  lock: 'waits for a lock',
  other: 'no lock',
  none: 'does not wait',
  unknown: 'not known',
} as const;
const ms = (value: unknown): string => durationText(Number(value));
const rows = (event: Fields): string => rowsText(Number(event.rows));
const code = (event: Fields): string =>
  String((event.failure as Fields | undefined)?.code ?? event.code ?? '');
const after = (event: Fields): string => ms(event.afterMs);
const attempt = (event: Fields): string => `attempt ${event.attempt}`;

const ADMITTED: Readonly<Record<string, (event: Fields) => string>> = {
  admitted: ({ verdict }) => String(verdict),
  confirm: ({ verdict }) => `${verdict}, needs confirmation`,
  refused: ({ code }) => String(code),
};
const LOST: Readonly<Record<string, string>> = {
  notRun: 'did not run',
  mayHaveCompleted: 'may have completed',
};
const REASONS: Readonly<Record<CancelReason, string>> = {
  user: 'by the user',
  timeout: 'after its timeout',
  rowLimit: 'at the row limit',
  resultLimit: 'at the result limit',
  tabClosed: 'with its tab',
  sessionClosed: 'with its session',
  scriptStopped: 'with its script',
  paused: 'paused for too long',
};
/** What a server says of a process that a crash left behind. */
const ORPHAN_WORDS: Readonly<Record<OrphanStatus, string>> = {
  running: 'still running',
  laterStatement: 'runs something that began later',
  inTransaction: 'in an open transaction',
  idle: 'runs nothing',
  gone: 'gone',
};
const REAPED: Readonly<Record<string, string>> = {
  ended: 'ended',
  gone: 'gone',
  notOurs: 'another process has its id',
  notEnded: 'did not end',
};
const TUNNEL_QUESTIONS: Readonly<Record<TunnelPromptKind, string>> = {
  hostKey: 'whether a host key is trusted',
  passphrase: 'for a passphrase',
  secondFactor: 'what the SSH server wants to know',
};
const hop = (event: Fields): string => `hop ${Number(event.hop) + 1}`;
const TERMINATION_WORDS: Readonly<Record<string, string>> = {
  done: 'it does',
  notDone: 'it was gone',
  unknown: 'no answer',
};
const outcome = (event: Fields): string | undefined => OUTCOME_WORDS[event.outcome as Outcome];
const readsOn = (event: Fields): string => (event.readOn ? ', still reading' : '');

function completed(event: Fields): string {
  const touched = event.rowsAffected === null ? '' : ` ${thousands(Number(event.rowsAffected))}`;
  const did =
    Number(event.columns) > 0 || Number(event.rows) > 0
      ? rows(event)
      : `${event.command || 'empty statement'}${touched}`;
  const parts = [did, ms(event.serverMs)];
  if (event.cut !== undefined) parts.push(CUT_WORDS[event.cut as Cut] ?? 'not all rows');
  if (event.afterCancel !== undefined) parts.push(AFTER_CANCEL_WORDS[event.afterCancel as AfterCancel] ?? '');
  return parts.join(', ');
}

function confirmed(event: Fields): string | undefined {
  return event.confirmedAfterMs === undefined ? undefined : ms(event.confirmedAfterMs);
}

/** Every event of the vocabulary in words. What the actor is stands in front of what is not a query's own. */
// biome-ignore format: a table, one event per line where it fits
const LABELS: Readonly<Record<EventName, Label>> = {
  'xstate.init': { words: 'created' },
  'vault.created': { words: 'vault created' },
  'vault.unlocked': { words: 'vault unlocked' },
  'vault.locked': { words: 'vault locked' },
  'vault.protectionChanged': { words: 'vault protection changed' },
  'vault.backupRestored': { words: 'vault restored from its backup', colour: 'waiting' },
  'vault.setAside': { words: 'vault set aside', colour: 'waiting' },
  'profile.saved': { words: 'connection saved' },
  'profile.deleted': { words: 'connection deleted' },
  'profile.testBegan': { words: 'connection test started' },
  'profile.tested': { words: 'connection tested', figure: (event) => (event.code === null ? after(event) : code(event)) },
  'policy.changed': { words: 'policy changed' },
  'history.deleted': { words: 'history entries deleted', figure: ({ entries }) => thousands(Number(entries)) },
  'history.purged': { words: 'history deleted' },
  'request.refused': { words: 'request refused', figure: code, colour: 'failed' },
  'command.refused': { words: 'command refused', figure: code, colour: 'failed' },
  'tape.failed': { words: 'tape can’t be written', figure: code, colour: 'failed' },
  'tape.recovered': { words: 'tape can be written again', colour: 'well' },
  'tape.crowded': { words: 'too many records waiting for the disk', colour: 'failed' },
  'tape.opened': { words: 'tape opened' },
  'tape.repaired': { words: 'tape repaired', colour: 'waiting' },
  'tape.damaged': { words: 'tape damaged', figure: code, colour: 'failed' },
  'tape.cut': { words: 'old segments deleted' },
  'process.watched': { words: 'process watched' },
  'process.stalled': { words: 'process stood still', figure: ({ loopMs, clockMs }) => durationText(Math.max(Number(loopMs), Number(clockMs))), colour: 'waiting' },
  'process.measured': { words: 'process measured', figure: ({ rssBytes }) => bytesText(Number(rssBytes)) },
  'process.reaped': { words: 'process of an earlier run looked for', figure: ({ outcome }) => REAPED[String(outcome)] },
  'workspace.stop': { words: 'shutdown requested' },
  'session.ended': { words: 'session ended', figure: ({ outcome }) => (outcome === 'failed' ? 'failed' : undefined) },
  'session.open': { words: 'session requested' },
  'session.close': { words: 'close requested' },
  'session.reconnect': { words: 'reconnection requested' },
  'session.connectionOpened': { words: 'connection ready', colour: 'well' },
  'session.connectionLost': { words: 'connection lost', figure: code, colour: 'failed' },
  'session.connectionClosed': { words: 'connection closed' },
  'tab.close': { words: 'tab closed' },
  'tab.connect': { words: 'connection assigned' },
  'tab.connectionLost': { words: 'connection of the tab lost', figure: code, colour: 'failed' },
  'tab.connectionClosed': { words: 'connection of the tab closed' },
  'tab.rollbackStarted': { words: 'rolling back the idle transaction', colour: 'waiting' },
  'tab.rollbackEnded': { words: 'rollback of the idle transaction ended', figure: outcome },
  'tab.lossSeen': { words: 'lost transaction acknowledged' },
  'tab.retired': { words: 'close requested' },
  'tab.unused': { words: 'last statement of the tab ended' },
  'tab.closed': { words: 'tab closed' },
  'script.statementEnded': { words: 'statement of the script ended', figure: outcome },
  'script.abandoned': { words: 'script abandoned', colour: 'waiting' },
  'script.stopped': { words: 'script stopped', colour: 'waiting' },
  'script.ended': { words: 'script ended' },
  'prompt.answered': { words: 'answered by the user' },
  'prompt.dismissed': { words: 'question dismissed' },
  'orphan.look': { words: 'asks the server about what a crash left' },
  'orphan.check': { words: 'asks the server again' },
  'orphan.cancel': { words: 'asked to end it on the server', colour: 'waiting' },
  'orphan.found': { words: 'the server answered', figure: ({ status }) => ORPHAN_WORDS[status as OrphanStatus] },
  'orphan.notChecked': { words: 'server could not be asked', figure: code, colour: 'failed' },
  'orphan.terminated': { words: 'server asked to end it', figure: ({ termination }) => TERMINATION_WORDS[String(termination)] },
  'orphan.notTerminated': { words: 'server did not end it', figure: code, colour: 'failed' },
  'orphan.dismissed': { words: 'dismissed' },
  'orphan.dismiss': { words: 'left behind by a crash, dismissed' },
  'tunnel.open': { words: 'tunnel for a test requested' },
  'tunnel.chosen': { words: 'way chosen', figure: ({ backend }) => String(backend) },
  'tunnel.spawned': { words: 'process started', figure: ({ pid }) => String(pid) },
  'tunnel.hopReached': { words: 'reached the SSH server', figure: hop },
  'tunnel.hostKeySeen': { words: 'host key checked', figure: ({ keyType, verdict }) => `${keyType}, ${verdict}` },
  'tunnel.asked': { words: 'asks the user', figure: ({ kind }) => TUNNEL_QUESTIONS[kind as TunnelPromptKind], colour: 'waiting' },
  'tunnel.answered': { words: 'answered by the user' },
  'tunnel.questionExpired': { words: 'question expired', colour: 'failed' },
  'tunnel.signInBegan': { words: 'signing in', figure: hop },
  'tunnel.signedIn': { words: 'signed in', figure: hop, colour: 'well' },
  'tunnel.opened': { words: 'tunnel opened', figure: after, colour: 'well' },
  'tunnel.notOpened': { words: 'tunnel failed to open', figure: code, colour: 'failed' },
  'tunnel.lost': { words: 'tunnel lost', figure: code, colour: 'failed' },
  'tunnel.reopen': { words: 'reconnection requested' },
  'tunnel.close': { words: 'close requested' },
  'tunnel.closed': { words: 'tunnel closed' },
  'tunnel.forwarding': { words: 'tunnel ready', colour: 'well' },
  'tunnel.interrupted': { words: 'tunnel lost', figure: code, colour: 'failed' },
  'tunnel.ended': { words: 'tunnel ended', figure: ({ failure }) => (failure === null ? undefined : code({ failure })) },
  'transaction.lossSeen': { words: 'lost transaction acknowledged' },
  'connection.opened': { words: 'connection opened', figure: after, colour: 'well' },
  'connection.notOpened': { words: 'connection failed to open', figure: code, colour: 'failed' },
  'connection.leased': { words: 'connection leased' },
  'connection.released': {
    words: 'connection released',
    figure: ({ transaction }) => (transaction === undefined || transaction === 'none' ? undefined : `transaction ${transaction}`),
  },
  'connection.stateChanged': { words: 'session state changed' },
  'connection.idleLimitReached': { words: 'transaction idle for too long', colour: 'waiting' },
  'connection.lost': { words: 'connection lost', figure: code, colour: 'failed' },
  'connection.close': { words: 'close requested' },
  'connection.closed': { words: 'connection closed' },
  'query.submit': { words: 'submitted' },
  'query.classified': { words: 'classified', figure: (event) => ADMITTED[String(event.admission)]?.(event) },
  'query.confirmed': { words: 'confirmed by the user' },
  'query.confirmationExpired': { words: 'confirmation expired', colour: 'failed' },
  'query.countWanted': { words: 'row count requested' },
  'query.counted': { words: 'rows counted', figure: (event) => (event.rows === undefined ? code(event) : rows(event)) },
  'query.granted': { words: 'granted a connection', figure: ({ slot }) => (slot ? 'and a slot' : undefined) },
  'query.slotRequested': { words: 'waiting for a slot', colour: 'waiting' },
  'query.slotGranted': { words: 'granted a slot' },
  'query.slotReturned': { words: 'slot returned' },
  'query.recorded': { words: 'recorded', figure: (event) => `durable in ${after(event)}`, colour: 'well' },
  'query.notRecorded': { words: 'could not be recorded, not sent', figure: code, colour: 'failed' },
  'query.withheld': { words: 'not sent: a stricter rule', figure: code, colour: 'failed' },
  'query.firstRowArrived': { words: 'first row', figure: after },
  'query.progressed': { words: 'rows received', figure: rows },
  'query.paused': { words: 'reading paused', figure: rows, colour: 'waiting' },
  'query.resumed': { words: 'reading resumed', figure: rows },
  'query.noticed': { words: 'notices received', figure: ({ notices }) => String(notices) },
  'query.blockersWanted': { words: 'asked who blocks it' },
  'query.blockersFound': { words: 'server asked who blocks it', figure: ({ wait }) => WAITS[(wait as LockWait | undefined)?.waits ?? 'unknown'] },
  'query.blockersNotFound': { words: 'the server did not say who blocks it', figure: code, colour: 'failed' },
  'query.rowLimitReached': { words: 'row limit reached', figure: (event) => rows(event) + readsOn(event), colour: 'waiting' },
  'query.resultLimitReached': { words: 'result limit reached', figure: (event) => readsOn(event).slice(2) || undefined, colour: 'waiting' },
  'query.deadlinePassed': { words: 'timeout reached', colour: 'waiting' },
  'query.pausedTooLong': { words: 'paused for too long', colour: 'waiting' },
  'query.cancel': { words: 'cancel requested', figure: ({ reason }) => REASONS[reason as CancelReason], colour: 'waiting' },
  'query.cancelSent': { words: 'cancel sent', figure: attempt, colour: 'waiting' },
  'query.cancelAcknowledged': { words: 'cancel acknowledged', figure: after, colour: 'waiting' },
  'query.cancelRefused': { words: 'cancel not delivered', figure: code, colour: 'waiting' },
  'query.cancelEscalated': {
    words: 'cancel escalated',
    figure: ({ step }) => (step === 'terminate' ? 'ending the server connection' : 'giving up the connection'),
    colour: 'waiting',
  },
  'query.completed': { words: 'completed', figure: completed, colour: 'well' },
  'query.failed': { words: 'failed', figure: code, colour: 'failed' },
  'query.abandoned': { words: 'connection given up', colour: 'failed' },
  'query.lost': { words: 'lost', figure: ({ ran }) => LOST[String(ran)], colour: 'failed' },
  'query.ended': { words: 'query ended', figure: outcome },
};

/** Types of the vocabulary: what is none of them is a tape's own word. */
export const eventLabels: ReadonlySet<string> = new Set(Object.keys(LABELS));

/** What follows when a machine's delay has passed, by the delay's name. */
const DELAYS: Readonly<Record<string, string>> = {
  SHUTDOWN_LIMIT: 'shutdown took too long',
  BACKOFF: 'connecting again',
  CLOSE_LIMIT: 'closing took too long',
  IDLE_ROLLBACK_RETRY: 'rolling back the idle transaction again',
  PAUSE_LIMIT: 'paused for too long',
  ANSWER_LIMIT: 'time to answer is over',
  // Of queries before query@12.
  CONFIRM_LIMIT: 'time to confirm is over',
};

/** An event in words, with the figure that matters. */
export function eventText(envelope: Envelope): string {
  const { event, kind } = upcast(envelope);
  const { type } = event;
  if (type === 'xstate.init') return `${kind} created`;
  const delay = /^xstate\.after\.(\w+)\./.exec(type)?.[1];
  if (delay !== undefined) return DELAYS[delay] ?? 'time limit reached';
  if (type.startsWith('xstate.error.')) return 'internal error';
  const { words, figure } = labelOf(type);
  const isConfirmed = type === 'query.failed' && envelope.state === 'cancelled';
  const said = isConfirmed ? confirmed(event as unknown as Fields) : figure?.(event as unknown as Fields);
  const what = isConfirmed ? 'cancel confirmed by server' : words;
  return said ? `${what} · ${said}` : what;
}

/** What an event's dot means. Where the actor has ended its state decides. */
export function eventColour(envelope: Envelope): Colour {
  const { ignored, state, kind } = envelope;
  if (ignored) return 'quiet';
  const { type } = upcast(envelope).event;
  if (type.startsWith('xstate.error.')) return 'failed';
  if (kind === 'query' && (state === 'cancelled' || state === 'timedOut')) return stateColour(kind, state);
  const colour = labelOf(type).colour;
  const ofState = stateColour(kind, state ?? '');
  return colour ?? (ofState === 'failed' || ofState === 'running' ? ofState : 'quiet');
}

/** The label of an event; of one that another version of the program recorded, its name in words. */
function labelOf(type: string): Label {
  const label: Label | undefined = LABELS[type as EventName];
  if (label) return label;
  const words = type.replace(/[._]/g, ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return { words };
}
