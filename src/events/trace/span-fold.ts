import type { Envelope } from '../envelope.ts';
import { known, queryFields, sessionFields } from '../log/record-fields.ts';
import { type ReadEnvelope, upcast } from '../upcast.ts';
import { connectionEnded } from '../views/connection-view.ts';
import { sessionEnded } from '../views/session-view.ts';
import type { State } from '../views/state.ts';
import { finished, type OpenSpan, type Span, type SpanKind } from './span.ts';
import { TunnelSpans } from './tunnel-spans.ts';

/** Spans that are open at once; the oldest beyond them ends, unfinished. A whole program has less. */
const OPEN_MAX = 20_000;

/** A phase by the state that a statement is in. A cancel runs beside the execution that it is to end. */
const PHASES: readonly (readonly [states: RegExp, phase: string])[] = [
  [/^queued/, 'queue'],
  [/^classifying/, 'classify'],
  [/^(?:confirming|counting)/, 'confirm'],
  [/^recording/, 'record'],
  [/^running\.cancelling/, 'cancel'],
  [/^running/, 'execute'],
];

/**
 * Makes spans of records: a session's, in it each connection's opening, its tunnel's openings and losses, and each statement's run, in
 * that its phases (queue, classify, confirm, record, execute, cancel). A span is given out once it has ended. Holds what is open, and nothing else.
 */
export class SpanFold {
  readonly #open = new Map<string, OpenSpan>();
  /** The phases that are open, of each statement. */
  readonly #phases = new Map<string, OpenSpan[]>();
  readonly #tunnels = new TunnelSpans();

  /**
   * The spans that end with a record.
   *
   * @param views the fold up to the record, or further
   */
  add(record: Envelope, views: State): Span[] {
    const envelope = upcast(record);
    const ended: Span[] = [];
    if (envelope.event.type === 'xstate.init') this.#begin(envelope, views, ended);
    if (envelope.ignored) return ended;
    switch (envelope.kind) {
      case 'query':
        this.#query(envelope, views, ended);
        break;
      case 'connection':
        this.#connection(envelope, views, ended);
        break;
      case 'session': {
        const session = views.sessions[envelope.actor];
        if (session && sessionEnded(session.state) && session.endedAt === envelope.at) {
          this.#tunnels.endSession(envelope.actor, envelope.at, views, ended);
          this.#end(
            envelope.actor,
            envelope.at,
            session.state === 'failed',
            sessionFields(views, envelope.actor),
            ended,
          );
        }
        break;
      }
      case 'tunnel':
        this.#tunnels.add(envelope, views, ended);
        break;
      default:
        break;
    }
    return ended;
  }

  /** The spans that have not ended, cut at `at`. */
  rest(at: number, views: State): Span[] {
    const ended: Span[] = [];
    this.#tunnels.rest(at, views, ended);
    for (const key of [...this.#open.keys()].reverse()) this.#cut(key, at, views, ended);
    return ended;
  }

  #begin({ actor, kind, at, seq, event }: ReadEnvelope, views: State, ended: Span[]): void {
    // A new start of the program: nothing of an earlier run goes on.
    if (kind === 'workspace') ended.push(...this.rest(at, views));
    if (event.type !== 'xstate.init' || !('profileId' in event.input)) return;
    if ('tunnelId' in event.input) return;
    const { sessionId, profileId } = event.input;
    const of = (spanKind: SpanKind, name: string, parent: string | null): OpenSpan => ({
      ...{ key: actor, trace: sessionId, parent, kind: spanKind, name, actor, profileId, startAt: at, seq },
    });
    if (kind === 'session') this.#open.set(actor, of('session', 'session', null));
    else if (kind === 'connection') this.#open.set(actor, of('connect', 'connect', sessionId));
    else if (kind === 'query') this.#open.set(actor, of('statement', 'statement', sessionId));
    if (this.#open.size > OPEN_MAX) this.#cut(this.#open.keys().next().value!, at, views, ended);
  }

  #query(envelope: ReadEnvelope, views: State, ended: Span[]): void {
    const { actor, at, seq, state } = envelope;
    const statement = this.#open.get(actor);
    if (!statement || state === null) return;
    const phase = PHASES.find(([states]) => states.test(state))?.[1];
    const phases = this.#phases.get(actor) ?? [];
    if (phase === undefined) this.#endStatement(actor, at, views, ended);
    if (phase === undefined || phases.some(({ name }) => name === phase)) return;
    // An execution goes on while it is being cancelled.
    if (phase !== 'cancel') for (const open of phases.splice(0)) ended.push(finished(open, at, false, {}));
    phases.push({
      ...statement,
      key: `${actor}/${phase}@${seq}`,
      parent: actor,
      kind: 'phase',
      name: phase,
      startAt: at,
      seq,
    });
    this.#phases.set(actor, phases);
  }

  #endStatement(actor: string, at: number, views: State, ended: Span[]): void {
    for (const open of (this.#phases.get(actor) ?? []).reverse()) ended.push(finished(open, at, false, {}));
    this.#phases.delete(actor);
    const query = views.queries[actor];
    const fields = query ? { ...sessionFields(views, query.sessionId), ...queryFields(query) } : {};
    const isError = query !== undefined && !['succeeded', 'cancelled'].includes(query.outcome ?? 'succeeded');
    const name = query?.command ?? 'statement';
    this.#end(
      actor,
      at,
      isError,
      { ...fields, 'querytape.query.id': actor, 'querytape.tab.id': query?.tabId },
      ended,
      name,
    );
  }

  #connection({ actor, at, event, state }: ReadEnvelope, views: State, ended: Span[]): void {
    const isOpen = event.type === 'connection.opened';
    if (!isOpen && !connectionEnded(state ?? '')) return;
    const view = views.connections[actor];
    const fields = {
      ...sessionFields(views, view?.sessionId),
      'querytape.connection.id': actor,
      'querytape.tab.id': view?.tabId,
      'error.type': isOpen ? undefined : view?.failure?.code,
    };
    this.#end(actor, at, !isOpen, fields, ended);
  }

  #end(
    key: string,
    at: number,
    isError: boolean,
    fields: Parameters<typeof known>[0],
    ended: Span[],
    name?: string,
  ): void {
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    ended.push(finished(name === undefined ? open : { ...open, name }, at, isError, known(fields)));
  }

  #cut(key: string, at: number, views: State, ended: Span[]): void {
    const open = this.#open.get(key)!;
    for (const phase of this.#phases.get(key) ?? []) ended.push(finished(phase, at, false, {}));
    this.#phases.delete(key);
    const fields = { ...sessionFields(views, open.trace), 'querytape.unfinished': true };
    this.#end(key, at, false, fields, ended);
  }
}
