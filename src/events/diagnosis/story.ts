import { durationText } from '../duration-text.ts';
import type { Engine } from '../engines/engine-name.ts';
import type { Envelope } from '../envelope.ts';
import { blockersSentence } from '../lock-wait-sentence.ts';
import { counted } from '../sentences.ts';
import { type ReadEnvelope, upcast } from '../upcast.ts';

/** One step of a statement's story. */
export interface Step {
  readonly seq: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly sentence: string;
}

/** Tells what happened to one statement in sentences, record by record. Pure. */
export class Story {
  readonly #queryId: string;
  #submittedAt: number | null = null;
  #engine: Engine | undefined;
  #state = '';

  constructor(queryId: string) {
    this.#queryId = queryId;
  }

  /** The next record's step; null for one of another actor, or one that says nothing new. */
  take(record: Envelope): Step | null {
    if (record.kind !== 'query' || record.actor !== this.#queryId || record.ignored) return null;
    const envelope = upcast(record);
    const sentence = [this.#said(envelope), this.#entered(envelope.state ?? '')].filter(Boolean).join(' ');
    return sentence === '' ? null : { seq: envelope.seq, at: envelope.at, sentence };
  }

  /** How an event is said. */
  #said(envelope: ReadEnvelope): string {
    const { event, at } = envelope;
    switch (event.type) {
      case 'xstate.init':
        this.#submittedAt = at;
        if (!('queryId' in event.input)) return '';
        this.#engine = event.input.engine;
        return submitted(event.input);
      case 'query.granted':
        return `Its connection was granted ${this.#sinceSubmitted(at)}.`;
      case 'query.classified':
        return `It was classified as ${event.verdict}${event.dangers.length === 0 ? '' : `, with the dangers ${event.dangers.join(', ')}`}${event.admission === 'refused' ? `, and refused by the rule ${event.code ?? 'unknown'}` : ''}.`;
      case 'query.confirmed':
        return 'The user confirmed it.';
      case 'query.confirmationExpired':
        return 'The user did not confirm it in time.';
      case 'query.slotGranted':
        return `A slot of its session was granted ${this.#sinceSubmitted(at)}.`;
      case 'query.recorded':
        return `Its record was on disk after ${durationText(event.afterMs)}, and it was sent to the server.`;
      case 'query.notRecorded':
        return `Its record could not be written (${event.code}), so it was not sent.`;
      case 'query.withheld':
        return `It was not sent: ${event.code}.`;
      case 'query.firstRowArrived':
        return `The first row came after ${durationText(event.afterMs)}, with ${counted(event.columns, 'column')}.`;
      case 'query.paused':
        return event.cause === 'disk'
          ? `Reading paused after ${counted(event.rows, 'row')}, as the disk was too slow.`
          : `Reading paused after ${counted(event.rows, 'row')}, as enough was here unread.`;
      case 'query.resumed':
        return 'Reading went on.';
      case 'query.rowLimitReached':
        return `The row limit was reached after ${counted(event.rows, 'row')}.`;
      case 'query.resultLimitReached':
        return `No more of its result could be stored (${event.cut ?? 'resultLimit'}).`;
      case 'query.blockersFound':
        return `The server was asked who blocks it: ${blockersSentence(event.wait, this.#engine)}`;
      case 'query.blockersNotFound':
        return `The server was asked who blocks it, and did not say (${event.code}).`;
      case 'query.cancel':
        return `It was asked to stop: ${REASONS[event.reason] ?? event.reason}.`;
      case 'query.deadlinePassed':
        return 'Its time limit passed, and it was asked to stop.';
      case 'query.pausedTooLong':
        return 'It had been paused for too long, and was asked to stop.';
      case 'query.cancelSent':
        return `The cancel was sent to the server (attempt ${event.attempt}).`;
      case 'query.cancelAcknowledged':
        return `The server took the cancel after ${durationText(event.afterMs)}.`;
      case 'query.cancelRefused':
        return `The request to stop could not be delivered (${event.failure.code}).`;
      case 'query.cancelEscalated':
        return event.step === 'terminate'
          ? 'Its connection was to be terminated on the server.'
          : 'Its connection was given up.';
      case 'query.completed':
        return `The server completed it after ${durationText(event.serverMs)}, with ${counted(event.rows, 'row')}${event.rowsAffected === null ? '' : ` and ${event.rowsAffected} affected`}${event.cut === undefined ? '' : `; the result was cut (${event.cut})`}.`;
      case 'query.failed':
        return event.stopped
          ? `The server stopped it after ${durationText(event.serverMs)} (${event.failure.code}).`
          : `The server reported the error ${event.failure.code} after ${durationText(event.serverMs)}.`;
      case 'query.lost':
      case 'connection.lost':
        return `Its connection was lost (${event.failure.code}).`;
      case 'query.abandoned':
        return `It was given up (${event.failure.code}).`;
      default:
        return '';
    }
  }

  /** How it is said that another state was entered. */
  #entered(state: string): string {
    const before = this.#state;
    this.#state = state;
    return state === before ? '' : (STATES[state] ?? '');
  }

  #sinceSubmitted(at: number): string {
    return this.#submittedAt === null
      ? 'then'
      : `${durationText(at - this.#submittedAt)} after it was submitted`;
  }
}

function submitted(input: {
  readonly tabId: string | null;
  readonly purpose: string;
  readonly scriptIndex: number;
  readonly environment: string;
  readonly readOnly: boolean;
  readonly engine: string;
  readonly granted?: true;
}): string {
  const { tabId, purpose, scriptIndex, environment, readOnly, engine, granted } = input;
  const where = tabId === null ? 'by Querytape itself' : `in the tab ${tabId}`;
  const place = scriptIndex > 0 ? `, as statement ${scriptIndex + 1} of its script` : '';
  const trust = `${engine} in ${environment}${readOnly ? ', read-only' : ''}`;
  const free = granted ? ' Its connection was free.' : ' It waits for its connection.';
  return `A ${purpose} was submitted ${where}${place}, on ${trust}.${free}`;
}

const REASONS: Readonly<Record<string, string>> = {
  user: 'by the user',
  timeout: 'its time limit passed',
  rowLimit: 'the row limit was reached',
  resultLimit: 'no more of its result could be stored',
  tabClosed: 'its tab was closed',
  sessionClosed: 'its session was closed',
  scriptStopped: 'its script had stopped',
  paused: 'it was paused for too long',
};

const STATES: Readonly<Record<string, string>> = {
  'queued.inSession': 'It waits for a slot of its session.',
  confirming: 'It waits for the user to confirm it.',
  recording: 'It waits until its record is on disk.',
  refused: 'It ended refused; nothing was sent.',
  succeeded: 'It ended: succeeded.',
  failed: 'It ended: failed.',
  cancelled: 'It ended: cancelled.',
  timedOut: 'It ended: timed out.',
  'lost.notRun': 'It ended: lost; it did not run.',
  'lost.mayHaveCompleted': 'It ended: lost; it may have completed.',
};
