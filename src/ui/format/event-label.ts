import type { Envelope } from '../../events/envelope.ts';
import { duration, rowsText, thousands } from './format.ts';
import type { Sentence } from './query-status.ts';

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
  'query.classified': (e) =>
    String(
      e.admission === 'refused' ? e.code : e.admission === 'confirm' ? `${e.verdict}, to confirm` : e.verdict,
    ),
  'query.granted': (e) => (e.slot ? 'with a slot' : undefined),
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
  'connection.released': (e) =>
    e.transaction === undefined || e.transaction === 'none' ? undefined : `transaction ${e.transaction}`,
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
