import { AFTER_CANCEL_WORDS, CUT_WORDS } from '../../events/cut-words.ts';
import type { Envelope } from '../../events/envelope.ts';
import { MIB } from '../../events/limits.ts';
import type { ConnectionView } from '../../events/views/connection-view.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { SessionView } from '../../events/views/session-view.ts';

/** A narrow no-break space between thousands, as figures are read in all languages. */
const THIN = '\u202f';

/** `21 480`. */
export function thousands(count: number | string): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** A length of time as short as it is exact: `0.4 ms`, `6 ms`, `3.2 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A clock that is watched while it runs: in tenths, so that its width and its unit are calm. */
export function ticking(ms: number): string {
  return ms < 60_000 ? `${(Math.floor(Math.max(0, ms) / 100) / 10).toFixed(1)} s` : duration(ms);
}

/** Whole seconds, for what is looked at while it grows. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

/** `07.112` where the second is another than that of the record before, `.112` within it. */
export function clock(at: number, before: number | undefined): string {
  const second = Math.floor(at / 1000);
  const millis = String(at % 1000).padStart(3, '0');
  if (before !== undefined && Math.floor(before / 1000) === second) return `.${millis}`;
  return `${String(second % 60).padStart(2, '0')}.${millis}`;
}

/** `1 row`, `30 000 rows`. */
export function rowsText(count: number): string {
  return `${thousands(count)} ${count === 1 ? 'row' : 'rows'}`;
}

/** As many statements of the session run as the policy lets. */
const WAITS_FOR_OTHERS = 'waiting for other statements';

/** States of a query in words that say what goes on. Those that run on the server show for how long. */
const STATES: Readonly<Record<string, string>> = {
  submitted: 'recording',
  classifying: 'recording',
  executing: 'running',
  'queued.onConnection': 'waiting for the connection',
  'queued.inSession': WAITS_FOR_OTHERS,
  confirming: 'waiting for you to confirm',
  'counting.running': 'counting what it would touch',
  'counting.stopping': 'cancelling',
  'cancelling.requested': 'cancelling',
  'cancelling.acknowledged': 'cancelling',
  'cancelling.escalating': 'cancelling',
};

/** What goes on in a query that lives. */
function stateText({ state, pausedBy, bytes, cut }: QueryView): string {
  if (state === 'paused')
    return pausedBy === 'disk'
      ? 'waiting for the disk'
      : `paused at ${mebibytes(bytes)} · the statement still runs on the server`;
  if (state === 'streaming' && cut === 'rowLimit') return 'row limit reached, running to its end';
  if (state === 'streaming' && cut !== null) return 'result is full, running to its end';
  return STATES[state] ?? state;
}

/** `64 MiB`; `0.5 MiB` below one. */
export function mebibytes(bytes: number): string {
  return `${bytes < MIB ? Math.round((bytes * 10) / MIB) / 10 : thousands(Math.round(bytes / MIB))} MiB`;
}

/** What became of a tab's transaction that went without it. */
export function lostTransaction({ idleRollbacks }: SessionView, tabId: string): string {
  if (idleRollbacks[tabId])
    return 'Nobody used the open transaction for as long as the policy allows. The server is asked to roll it back.';
  return tabId in idleRollbacks
    ? 'Nobody used the open transaction for as long as the policy allows, so it was rolled back, confirmed by the server.'
    : 'The connection went while a transaction was open. What it had not committed is rolled back by the server, unless a COMMIT was under way. Nothing was run again.';
}

/** What the run button shows. `act` is what pressing it does. */
export interface RunButton {
  readonly act: 'run' | 'cancel' | 'wait';
  readonly label: string;
  /** What goes on, beside the label. */
  readonly state: string;
}

const RUN: RunButton = { act: 'run', label: 'Run', state: '' };

/**
 * The run button's truth: what the tape says of the tab's query, and nothing more. `heard` is false while the tape can't be
 * heard: what was true when it last was is then said to be that.
 */
export function runButton(
  query: QueryView | undefined,
  sending: boolean,
  now: number,
  heard = true,
): RunButton {
  if (!heard && query?.outcome === null)
    return { act: 'wait', label: '', state: `link lost, last heard ${stateText(query)}` };
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
      return cancel('waiting for you to confirm');
    case 'counting.running':
      return cancel('counting what it would touch');
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

/** What a query that runs does, where it is no statement of a person's own. */
const DOES: Readonly<Record<string, string>> = {
  transaction: 'transaction step',
  edit: 'applying a change',
};

function cancelling({ cancel }: QueryView, now: number | null): string {
  const since = now === null ? '' : ` ${ticking(now - cancel!.at)}`;
  if (cancel!.escalation === 'abandon') return 'giving the connection up';
  if (cancel!.escalation === 'terminate') return 'ending the server process';
  if (cancel!.reason === 'rowLimit') return 'stopping at the row limit';
  // The first requests come within a quarter of a second; a server that lets five pass is not answering.
  if (cancel!.attempts >= 5) return `server is not answering, asking again${since}`;
  return `cancelling${since}`;
}

/** How a query ended or stands, as the footer of its result says it. `tone` is what its colour means. */
export interface Sentence {
  readonly tone: 'running' | 'well' | 'waiting' | 'failed' | 'quiet';
  readonly parts: readonly string[];
  /** The part that says how it ended or why it waits, which wears the tone's colour; none where all is well. */
  readonly verdict?: number;
}

const STOPPED: Readonly<Record<string, string>> = {
  user: 'cancelled',
  timeout: 'timed out',
  // As tapes before query@8 have it.
  rowLimit: 'stopped at the row limit',
  tabClosed: 'cancelled with its tab',
  sessionClosed: 'cancelled with its session',
  scriptStopped: 'did not run: the script stopped before it',
  paused: 'stopped: reading was paused for too long',
};

function stopped(query: QueryView): string {
  const { cancel } = query;
  const what =
    query.outcome === 'timedOut'
      ? `timed out after ${duration(query.timeoutMs)}`
      : cancel?.reason === 'resultLimit'
        ? CUT_WORDS[query.cut ?? 'resultLimit'].replace(/^cut/, 'stopped')
        : (STOPPED[cancel?.reason ?? 'user'] ?? 'cancelled');
  if (cancel?.confirmedAfterMs != null)
    return `${what}, confirmed by the server in ${duration(cancel.confirmedAfterMs)}`;
  if (cancel?.reason === 'scriptStopped') return what;
  return query.recordedSeq === null
    ? `${what} before it was sent`
    : `${what.replace(/^cancelled/, 'stopped here')}, not confirmed by the server`;
}

/** What there is to say of a success, after its rows: what it did, and why it is not what was asked for. */
function succeeded(query: QueryView): { readonly did: readonly string[]; readonly but: string | null } {
  const { command, columns, rowsAffected } = query;
  const touched = rowsAffected === null ? '' : ` · ${rowsText(rowsAffected)}`;
  const isChange = columns === 0 || rowsAffected !== null;
  const did = isChange ? [`${command || 'empty statement'}${touched}`] : [];
  return { did, but: notAsAsked(query) };
}

/** Why a statement that completed did not do all that it was asked for, or why its rows are not all here; null where it did. */
export function notAsAsked({ cut, afterCancel }: Pick<QueryView, 'cut' | 'afterCancel'>): string | null {
  if (afterCancel === null) return cut === null ? null : CUT_WORDS[cut];
  const thrownAway = cut === null ? '' : '; rows that came after it were thrown away';
  return `${AFTER_CANCEL_WORDS[afterCancel]}${thrownAway}`;
}

/** That the rows of a statement which did not complete are not all, where there are any. */
function rowsMissing({ rows, cut, pausedMs, serverMs, failure }: QueryView): string[] {
  if (cut === 'cursorLost') return ['the server had closed the cursor: not all rows are here'];
  if (rows === 0 || cut === null) return [];
  const waited =
    cut === 'failed' && failure?.source === 'server' && (pausedMs ?? 0) > Math.max(1000, serverMs ?? 0)
      ? ` after reading was paused for ${duration(pausedMs ?? 0)}`
      : '';
  return [`not all rows are here${waited}`];
}

function living(query: QueryView, figures: readonly string[], now: number | null, heard: boolean): Sentence {
  const { state, cancel, dispatchedAt } = query;
  if (!heard) {
    const words = cancel ? cancelling(query, null) : stateText(query);
    const parts = [...figures, `link lost, last heard ${words}`];
    return { tone: 'waiting', parts, verdict: figures.length };
  }
  const waits = state === 'paused' || /^(queued\.|counting\.|confirming$)/.test(state) || cancel !== null;
  const words = cancel ? cancelling(query, now) : stateText(query);
  const runs = !waits && dispatchedAt !== null && now !== null;
  const parts = [...figures, runs ? `${words} ${ticking(now - dispatchedAt)}` : words];
  return waits ? { tone: 'waiting', parts, verdict: figures.length } : { tone: 'running', parts };
}

/**
 * The footer's sentence in figures; without a clock where `now` is null, for places that do not tick. `heard` is false while
 * the tape can't be heard.
 */
export function footer(query: QueryView, now: number | null, heard = true): Sentence {
  const figures: string[] = [];
  if (query.columns > 0) figures.push(rowsText(query.rows) + (query.outcome === null ? ' so far' : ''));
  if (query.firstRowMs !== null) figures.push(`first row ${duration(query.firstRowMs)}`);
  const ended = (tone: Sentence['tone'], ...parts: readonly string[]): Sentence => ({
    tone,
    parts: [...figures, ...parts],
    verdict: figures.length,
  });
  switch (query.outcome) {
    case null:
      return living(query, figures, now, heard);
    case 'succeeded': {
      const server = `server ${duration(query.serverMs ?? 0)}`;
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
        `server ${duration(query.serverMs ?? 0)}`,
      );
    case 'refused':
      return ended('failed', `refused ${query.refusedCode ?? ''}`, 'nothing was sent');
    case 'lost.notRun':
      return ended('failed', 'connection lost: it did not run');
    case 'lost.mayHaveCompleted':
      return ended(
        'failed',
        'connection lost: it may have completed on the server, look before running it again',
        ...rowsMissing(query),
      );
  }
}

/** A transaction as the status bar says it. */
export function transactionText(connection: ConnectionView | undefined, now: number): Sentence {
  if (!connection || connection.transaction === 'none') return { tone: 'quiet', parts: ['no transaction'] };
  const since = age(now - (connection.transactionSince ?? now));
  return connection.transaction === 'failed'
    ? { tone: 'failed', parts: [`transaction failed ${since}: roll back to go on`] }
    : { tone: 'waiting', parts: [`transaction open ${since}`] };
}

/** An event in the words of the tape, with the figure that matters. */
export function eventText({ event, kind }: Envelope): string {
  const e = event as Record<string, unknown> & { type: string };
  const type = e.type.replace(/^xstate\.after\.(\w+)\..*/, 'after $1');
  // In a query's own life the noun is known.
  const name =
    type === 'xstate.init' ? `${kind} created` : kind === 'query' ? type.replace(/^query\./, '') : type;
  const figure = FIGURES[e.type]?.(e);
  return figure ? `${name} · ${figure}` : name;
}

const ms = (value: unknown): string => duration(Number(value));
const code = (value: unknown): string => (value as { code: string }).code;
const FIGURES: Readonly<Record<string, (e: Record<string, unknown>) => string | undefined>> = {
  'query.submitted': (e) => `${thousands(Number(e.statementBytes))} B`,
  'query.classified': (e) =>
    String(
      e.admission === 'refused' ? e.code : e.admission === 'confirm' ? `${e.verdict}, to confirm` : e.verdict,
    ),
  'query.dispatched': (e) => `pid ${(e.server as { processId: number }).processId}`,
  'query.recorded': (e) => `durable ${ms(e.afterMs)}`,
  'query.notRecorded': (e) => String(e.code),
  'query.firstRowArrived': (e) => ms(e.afterMs),
  'query.progressed': (e) => rowsText(Number(e.rows)),
  'query.paused': (e) => rowsText(Number(e.rows)),
  'query.resumed': (e) => rowsText(Number(e.rows)),
  'query.noticed': (e) => String(e.notices),
  'query.rowLimitReached': (e) => rowsText(Number(e.rows)) + (e.readOn ? ', reads on' : ''),
  'query.resultLimitReached': (e) => `${e.cut ?? 'resultLimit'}${e.readOn ? ', reads on' : ''}`,
  'query.counted': (e) => (e.rows === undefined ? String(e.code) : rowsText(Number(e.rows))),
  'query.cancel': (e) => String(e.reason),
  'query.cancelSent': (e) => `attempt ${e.attempt}`,
  'query.cancelAcknowledged': (e) => ms(e.afterMs),
  'query.cancelEscalated': (e) => String(e.step),
  'query.completed': (e) =>
    [
      Number(e.columns) > 0
        ? rowsText(Number(e.rows))
        : `${e.command || 'empty'}${e.rowsAffected === null ? '' : ` ${thousands(Number(e.rowsAffected))}`}`,
      ms(e.serverMs),
      e.cut,
      e.afterCancel,
    ]
      .filter(Boolean)
      .join(' '),
  'query.failed': (e) =>
    e.stopped && e.confirmedAfterMs !== undefined
      ? `${code(e.failure)} stopped ${ms(e.confirmedAfterMs)}`
      : code(e.failure),
  'query.lost': (e) => String(e.ran),
  'query.ended': (e) => String(e.outcome),
  'connection.opened': (e) => ms(e.afterMs),
  'connection.notOpened': (e) => code(e.failure),
  'connection.lost': (e) => code(e.failure),
  'connection.released': (e) => (e.transaction === 'none' ? undefined : `transaction ${e.transaction}`),
};

/** What an event's dot means. */
export function eventTone({ event, state, ignored }: Envelope): Sentence['tone'] {
  if (ignored) return 'quiet';
  if (state === 'cancelled' || state === 'timedOut') return 'waiting';
  if (/lost|failed|refused|notOpened|notRecorded/.test(`${event.type} ${state}`)) return 'failed';
  if (/cancel|timedOut|paused|Limit|deadline/i.test(`${event.type} ${state}`)) return 'waiting';
  if (/recorded|completed|opened/.test(event.type)) return 'well';
  return /running/.test(state ?? '') ? 'running' : 'quiet';
}
