import { AFTER_CANCEL_WORDS, CUT_WORDS } from '../../events/cut-words.ts';
import { durationText } from '../../events/duration-text.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { mebibytes, rowsText, ticking } from './format.ts';
import type { Colour } from './state-colour.ts';

/** As many statements of the session run as the policy lets. */
const WAITS_FOR_OTHERS = 'waiting for other statements';

/** A query's states in words. Those that run on the server also show for how long. */
const STATES: Readonly<Record<string, string>> = {
  submitted: 'recording',
  classifying: 'recording',
  executing: 'running',
  'queued.onConnection': 'waiting for the connection',
  'queued.inSession': WAITS_FOR_OTHERS,
  confirming: 'waiting for you to confirm',
  'counting.running': 'counting affected rows',
  'counting.stopping': 'cancelling',
  'cancelling.requested': 'cancelling',
  'cancelling.acknowledged': 'cancelling',
  'cancelling.escalating': 'cancelling',
};

/** What a query that has not ended is doing, in words. */
export function stateText({ state, pausedBy, bytes, cut }: QueryView): string {
  if (state === 'paused')
    return pausedBy === 'disk'
      ? 'waiting for the disk'
      : `paused at ${mebibytes(bytes)} · the statement still runs on the server`;
  if (state === 'streaming' && cut === 'rowLimit') return 'row limit reached, statement still running';
  if (state === 'streaming' && cut !== null) return 'result limit reached, statement still running';
  return STATES[state] ?? state;
}

/** After so long without a row a statement may wait for another. */
const WAITS_LONG_MS = 3000;

/** Whether a statement has run on its server for some seconds, until `now`, and nothing of it is here. */
export function runsWithoutRow({ outcome, dispatchedAt, firstRowMs }: QueryView, now: number): boolean {
  return (
    outcome === null && dispatchedAt !== null && firstRowMs === null && now - dispatchedAt >= WAITS_LONG_MS
  );
}

/** What the run button shows. `act` is what pressing it does. */
export interface RunButton {
  readonly act: 'run' | 'cancel' | 'wait';
  readonly label: string;
  /** The state, beside the label. */
  readonly state: string;
}

const RUN: RunButton = { act: 'run', label: 'Run', state: '' };

/**
 * What the run button shows: the tab's query as the tape has it, and nothing more. `heard` is false while the
 * tape is not received: the last known state is then shown as such.
 */
export function runButton(
  query: QueryView | undefined,
  sending: boolean,
  now: number,
  heard = true,
): RunButton {
  if (!heard && query?.outcome === null)
    return { act: 'wait', label: '', state: `connection lost, last known: ${stateText(query)}` };
  if (sending) return { act: 'wait', label: 'Run', state: 'sending…' };
  if (!query || query.outcome !== null) return RUN;
  const cancel = (state: string): RunButton => ({ act: 'cancel', label: 'Cancel', state });
  if (query.cancel) return { act: 'wait', label: '', state: cancelling(query, now) };
  switch (query.state) {
    case 'queued.onConnection':
      return cancel('waiting for the connection');
    case 'queued.inSession':
      return cancel(WAITS_FOR_OTHERS);
    case 'confirming':
      return cancel('waiting for you');
    case 'counting.running':
      return cancel('counting affected rows');
    case 'submitted':
    case 'classifying':
    case 'recording':
      return cancel('recording');
    case 'paused':
      return cancel(`paused · ${rowsText(query.rows)}`);
    default:
      return cancel(`${DOES[query.purpose] ?? 'running'} ${ticking(now - (query.dispatchedAt ?? now))}`);
  }
}

/** What a running query does if it is not a statement of the user. */
const DOES: Readonly<Record<string, string>> = {
  transaction: 'transaction step',
  edit: 'applying a change',
};

function cancelling({ cancel }: QueryView, now: number | null): string {
  const since = now === null ? '' : ` ${ticking(now - cancel!.at)}`;
  if (cancel!.escalation === 'abandon') return 'giving up the connection';
  if (cancel!.escalation === 'terminate') return 'ending the server connection';
  if (cancel!.reason === 'rowLimit') return 'stopping at the row limit';
  // The first requests come within a quarter of a second; a server that lets five pass is not answering.
  if (cancel!.attempts >= 5) return `server is not answering, asking again${since}`;
  return `cancelling${since}`;
}

/** A query's outcome or state, as the footer of its result shows it. `tone` is what its colour means. */
export interface Sentence {
  readonly tone: Exclude<Colour, 'hollow'>;
  readonly parts: readonly string[];
  /**
   * The part that says how it ended or why it waits, which wears the tone's colour; none where all is well.
   */
  readonly verdict?: number;
}

const STOPPED: Readonly<Record<string, string>> = {
  user: 'cancelled',
  timeout: 'timed out',
  // A cancel that no longer ends a statement so since query@8; older tapes have it.
  rowLimit: 'stopped at the row limit',
  tabClosed: 'cancelled with its tab',
  sessionClosed: 'cancelled with its session',
  scriptStopped: 'not run: the script stopped before it',
  paused: 'stopped: reading was paused for too long',
};

function stopped(query: QueryView): string {
  const { cancel } = query;
  const what =
    query.outcome === 'timedOut'
      ? `timed out after ${durationText(query.timeoutMs)}`
      : cancel?.reason === 'resultLimit'
        ? CUT_WORDS[query.cut ?? 'resultLimit'].replace(/^cut/, 'stopped')
        : (STOPPED[cancel?.reason ?? 'user'] ?? 'cancelled');
  if (cancel?.confirmedAfterMs != null)
    return `${what}, confirmed by the server in ${durationText(cancel.confirmedAfterMs)}`;
  if (cancel?.reason === 'scriptStopped') return what;
  return query.recordedSeq === null
    ? `${what} before it was sent`
    : `${what.replace(/^cancelled/, 'stopped here')}, not confirmed by the server`;
}

/** A success in words, after its rows: what it did, and why it is not all that was requested. */
function succeeded(query: QueryView): { readonly did: readonly string[]; readonly but: string | null } {
  const { command, columns, rowsAffected } = query;
  const touched = rowsAffected === null ? '' : ` · ${rowsText(rowsAffected)}`;
  const isChange = columns === 0 || rowsAffected !== null;
  const did = isChange ? [`${command || 'empty statement'}${touched}`] : [];
  return { did, but: notAsAsked(query) };
}

/**
 * Why a completed statement did not do all that was requested, or why rows are missing; null if nothing is
 * missing.
 */
export function notAsAsked({ cut, afterCancel }: Pick<QueryView, 'cut' | 'afterCancel'>): string | null {
  if (afterCancel === null) return cut === null ? null : CUT_WORDS[cut];
  const thrownAway = cut === null ? '' : '; rows that arrived after it were discarded';
  return `${AFTER_CANCEL_WORDS[afterCancel]}${thrownAway}`;
}

/** A note that rows of a statement that did not complete are missing, if it returned any. */
function rowsMissing({ rows, cut, pausedMs, serverMs, failure }: QueryView): string[] {
  if (cut === 'cursorLost') return ['the server closed the cursor: not all rows are here'];
  if (rows === 0 || cut === null) return [];
  const waited =
    cut === 'failed' && failure?.source === 'server' && (pausedMs ?? 0) > Math.max(1000, serverMs ?? 0)
      ? ` after reading was paused for ${durationText(pausedMs ?? 0)}`
      : '';
  return [`not all rows are here${waited}`];
}

function living(query: QueryView, figures: readonly string[], now: number | null, heard: boolean): Sentence {
  const { state, cancel, dispatchedAt } = query;
  if (!heard) {
    const words = cancel ? cancelling(query, null) : stateText(query);
    const parts = [...figures, `connection lost, last known: ${words}`];
    return { tone: 'waiting', parts, verdict: figures.length };
  }
  const waits = state === 'paused' || /^(queued\.|counting\.|confirming$)/.test(state) || cancel !== null;
  const words = cancel ? cancelling(query, now) : stateText(query);
  const runs = !waits && dispatchedAt !== null && now !== null;
  const parts = [...figures, runs ? `${words} ${ticking(now - dispatchedAt)}` : words];
  return waits ? { tone: 'waiting', parts, verdict: figures.length } : { tone: 'running', parts };
}

/**
 * The footer's sentence in figures; without a clock where `now` is null, for places that do not tick. `heard`
 * is false while the tape is not received.
 */
export function footer(query: QueryView, now: number | null, heard = true): Sentence {
  const figures: string[] = [];
  // `SELECT FROM t` has rows without a column.
  if (query.columns > 0 || query.rows > 0) {
    const among = query.resultSets > 1 ? ` in ${query.resultSets} results` : '';
    figures.push(rowsText(query.rows) + among + (query.outcome === null ? ' so far' : ''));
  }
  if (query.firstRowMs !== null) figures.push(`first row ${durationText(query.firstRowMs)}`);
  const ended = (tone: Sentence['tone'], ...parts: readonly string[]): Sentence => ({
    tone,
    parts: [...figures, ...parts],
    verdict: figures.length,
  });
  switch (query.outcome) {
    case null:
      return living(query, figures, now, heard);
    case 'succeeded': {
      const server = `server ${durationText(query.serverMs ?? 0)}`;
      const { did, but } = succeeded(query);
      const before = [...figures, ...did];
      if (but === null) return { tone: 'well', parts: [...before, server] };
      return { tone: 'waiting', parts: [...before, but, server], verdict: before.length };
    }
    case 'cancelled':
    case 'timedOut':
      return ended('waiting', stopped(query));
    case 'failed':
      return ended(
        'failed',
        `failed ${query.failure?.code ?? ''}`,
        ...rowsMissing(query),
        // A failure of ours may have come before anything reached the server.
        ...(query.failure?.source === 'client' ? [] : [`server ${durationText(query.serverMs ?? 0)}`]),
      );
    case 'refused':
      return ended('failed', `refused ${query.refusedCode ?? ''}`, 'nothing was sent');
    case 'lost.notRun':
      return ended('failed', 'connection lost: it did not run');
    case 'lost.mayHaveCompleted':
      return ended(
        'failed',
        'connection lost: it may have completed on the server, check before running it again',
        ...rowsMissing(query),
      );
  }
}
