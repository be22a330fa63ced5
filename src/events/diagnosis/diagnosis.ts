import type { Envelope } from '../envelope.ts';
import { DIAGNOSED_LIVING_MAX, FINDINGS_MAX } from '../limits.ts';
import { type ReadEnvelope, upcast } from '../upcast.ts';
import { LOST_TOGETHER_MS, STALL_RECORDED_WITHIN_MS } from './bounds.ts';
import type { Judgement, SubjectKind, Subjects } from './cause.ts';
import { CAUSES } from './causes.ts';
import { addToConnection, type ConnectionFacts, endIdle, newConnection } from './connection-facts.ts';
import { between, type Mark, markOf } from './mark.ts';
import { isUnheard } from './meaning.ts';
import { addToQuery, newQuery, type QueryFacts } from './query-facts.ts';
import type { CauseReport, Finding } from './report.ts';
import { addToRun, IN_FLIGHT_LISTED, newRun, type Present, type RunFacts } from './run-facts.ts';
import { hasOutlived } from './server-start.ts';
import { newSession, type SessionFacts } from './session-facts.ts';
import { finding, Tallies } from './tallies.ts';

/** Lost connections of a session that wait for what comes next in it. */
const WAITING_MAX = 32;

/**
 * Looks for the causes of trouble on a tape, in one pass over its records in their order. What has ended is judged and forgotten, so
 * memory grows with what is under way, not with the tape. Pure: it reads no clock, and the last record is the present.
 */
export class Diagnosis {
  readonly #queries = new Map<string, QueryFacts>();
  readonly #connections = new Map<string, ConnectionFacts>();
  readonly #sessions = new Map<string, SessionFacts>();
  /** Statements that have ended, and that a stall may still be recorded of; in the order of their ends. */
  readonly #ended = new Set<QueryFacts>();
  /** Lost connections by session, which are judged by what comes next. */
  readonly #waiting = new Map<string, ConnectionFacts[]>();
  readonly #tallies: Tallies;
  readonly #watched: string | null;
  #query: QueryFacts | null = null;
  #run: RunFacts = newRun();
  #runId = '';
  #end: Mark = { seq: 0, at: 0 };
  /** How far the clock was set back so far, in milliseconds: its times go on from the ones before, so that what has passed is not lost. */
  #setBackMs = 0;

  /**
   * @param queryId the one statement that `ofQuery` is to be asked about
   * @param findingsMax cases of a cause that are listed
   */
  constructor(queryId: string | null = null, findingsMax = FINDINGS_MAX) {
    this.#watched = queryId;
    this.#tallies = new Tallies(findingsMax);
  }

  /** Takes the next record. */
  take(record: Envelope): void {
    this.#setBackMs = Math.max(this.#setBackMs, this.#end.at - record.at);
    const envelope = upcast({ ...record, at: record.at + this.#setBackMs });
    this.#judgeEnded(envelope.at - STALL_RECORDED_WITHIN_MS);
    switch (envelope.kind) {
      case 'workspace':
        if (envelope.event.type === 'xstate.init') this.#begin(envelope);
        addToRun(this.#run, envelope);
        break;
      case 'session':
        this.#takeSession(envelope);
        break;
      case 'connection':
        this.#takeConnection(envelope);
        break;
      case 'query':
        this.#takeQuery(envelope);
        break;
      default:
        addToRun(this.#run, envelope);
        if (envelope.event.type === 'process.stalled') this.#stall();
    }
    this.#end = markOf(envelope);
    this.#run.last = this.#end;
  }

  /** What the causes say of the tape as a whole. Ends the diagnosis: what is under way is judged as it is. */
  report(): CauseReport[] {
    this.#finish();
    return CAUSES.map((cause) => this.#tallies.report(cause));
  }

  /**
   * What each cause says of the statement that was named; null where the tape does not have it.
   *
   * @param present where the program that writes the tape is asked itself
   */
  ofQuery(present: Present | null = null): Finding[] | null {
    const query = this.#query;
    if (query === null) return null;
    this.#run.present = present;
    // A tape that can't be written does not know what has happened since.
    const now = present?.tapeFailure === null ? present.now + this.#setBackMs : 0;
    const end = { seq: this.#end.seq, at: Math.max(this.#end.at, now) };
    this.#closeIdle(end);
    return CAUSES.flatMap((cause) => {
      const { connection, run } = query;
      // A statement whose connection was not opened has nothing of its own to say about that.
      const ofConnection = cause.connection && (!cause.query || connection?.notOpened);
      if (ofConnection) {
        if (connection === null) return [];
        return [finding(cause, 'connection', connection.connectionId, cause.connection!(connection, end))];
      }
      if (cause.query) return [finding(cause, 'query', query.queryId, cause.query(query, end))];
      return cause.run ? [finding(cause, 'run', this.#runId, cause.run(run, end))] : [];
    });
  }

  /** The statements that were there when the event loop was blocked: what ended it may have been read before its own record was made. */
  #stall(): void {
    const { blockedLast: stall } = this.#run;
    if (stall === null || stall.seq <= this.#end.seq) return;
    const outlasted = [...this.#ended].filter(({ ended }) => ended!.at > stall.at - stall.loopMs / 2);
    for (const query of [...this.#queries.values(), ...outlasted])
      if (stall.loopMs > (query.blocked?.loopMs ?? 0)) query.blocked = stall;
  }

  #takeSession(envelope: ReadEnvelope): void {
    const { actor, event } = envelope;
    const isEnded = envelope.state === 'offline' || envelope.state === 'failed';
    if (isEnded && !this.#sessions.has(actor)) return;
    const session = this.#session(actor);
    if (event.type === 'xstate.init' && 'engine' in event.input) session.engine = event.input.engine;
    if (event.type === 'session.close') session.closed ??= this.#closing(envelope);
    if (!isEnded) return;
    this.#judgeWaiting(actor);
    this.#sessions.delete(actor);
  }

  /** What leads to the end of a session comes just before it, or is of the workspace. */
  #closing(envelope: ReadEnvelope): NonNullable<SessionFacts['closed']> {
    const { cause } = envelope;
    const isCauseThere = cause === null || cause === this.#end.seq || cause === this.#run.lastOfWorkspace;
    return { ...markOf(envelope), cause, isCauseThere };
  }

  #takeConnection(envelope: ReadEnvelope): void {
    const { actor, event } = envelope;
    const known = this.#connections.get(actor);
    if (!known && envelope.ignored) return;
    const input = event.type === 'xstate.init' && 'sessionId' in event.input ? event.input : null;
    const sessionId = input?.sessionId ?? sessionOf(actor);
    const connection = known ?? newConnection(actor, this.#session(sessionId), this.#run);
    if (!known) this.#connections.set(actor, connection);
    addToConnection(connection, envelope);
    this.#answerWaiting(connection, envelope);
    if (envelope.state !== 'closed' && envelope.state !== 'lost') return;
    this.#connections.delete(actor);
    if (connection.lost === null) {
      this.#judgeConnection(connection);
      return;
    }
    const waiting = this.#waiting.get(connection.session.sessionId) ?? [];
    this.#lostTogether(connection, waiting);
    waiting.push(connection);
    this.#waiting.set(connection.session.sessionId, waiting);
    if (waiting.length > WAITING_MAX) this.#judgeConnection(waiting.shift()!);
  }

  #lostTogether(connection: ConnectionFacts, waiting: readonly ConnectionFacts[]): void {
    for (const other of waiting) {
      if (between(other.lost!, connection.lost!) > LOST_TOGETHER_MS) continue;
      other.lostTogether ??= connection.lost;
      connection.lostTogether ??= other.lost;
    }
  }

  /** What comes after a loss in the same session says what it was. */
  #answerWaiting(connection: ConnectionFacts, { event, seq, at }: ReadEnvelope): void {
    const { sessionId } = connection.session;
    const waiting = this.#waiting.get(sessionId);
    if (!waiting) return;
    const left = waiting.filter((one) => {
      const lostSeq = one.lost!.seq;
      if (event.type === 'connection.opened' || event.type === 'connection.notOpened') {
        if ((connection.created?.seq ?? 0) <= lostSeq) return true;
        if (event.type === 'connection.notOpened') {
          one.nextAttempt ??= { seq, at, failure: event.failure, server: null };
          // Whether the server or what forwards to it was down, the next one that is opened says.
          if (isUnheard(one.nextAttempt.failure)) return true;
        } else if (one.nextAttempt) one.nextOpened = { seq, at, server: event.server };
        else one.nextAttempt = { seq, at, failure: null, server: event.server };
      } else if (event.type === 'connection.released' && event.usable) {
        if (!hasOutlived(connection, one)) return true;
        one.survivor = { seq, at };
      } else return true;
      this.#judgeConnection(one);
      return false;
    });
    if (left.length === 0) this.#waiting.delete(sessionId);
    else this.#waiting.set(sessionId, left);
  }

  #takeQuery(envelope: ReadEnvelope): void {
    const { actor } = envelope;
    const known = this.#queries.get(actor);
    if (!known && envelope.ignored) return;
    const query = known ?? newQuery(actor, this.#run, markOf(envelope));
    if (!known) {
      this.#queries.set(actor, query);
      if (actor === this.#watched) this.#query = query;
    }
    addToQuery(query, envelope, ({ connectionId, sessionId }) => this.#connectionOf(connectionId, sessionId));
    if (query.ended) {
      this.#queries.delete(actor);
      this.#ended.add(query);
    }
    if (this.#ended.size > DIAGNOSED_LIVING_MAX) this.#forgetQuery(this.#ended.values().next().value!);
    if (this.#queries.size > DIAGNOSED_LIVING_MAX) this.#forgetQuery(this.#queries.values().next().value!);
  }

  #judgeEnded(until: number): void {
    for (const query of this.#ended) {
      if (query.ended!.at > until) return;
      this.#forgetQuery(query);
    }
  }

  #forgetQuery(query: QueryFacts): void {
    this.#queries.delete(query.queryId);
    this.#ended.delete(query);
    this.#judge('query', query.queryId, query);
  }

  #connectionOf(connectionId: string, sessionId: string): ConnectionFacts {
    return (
      this.#connections.get(connectionId) ?? newConnection(connectionId, this.#session(sessionId), this.#run)
    );
  }

  #session(sessionId: string): SessionFacts {
    const known = this.#sessions.get(sessionId);
    if (known) return known;
    const session = newSession(sessionId);
    this.#sessions.set(sessionId, session);
    return session;
  }

  /** Another start of the program: whatever has no end will have none. */
  #begin(envelope: ReadEnvelope): void {
    const before = this.#run;
    this.#runId = this.#runId || envelope.actor;
    // What the tape says of itself before the first start belongs to that.
    if (before.started === null && before.lastOfWorkspace === null && this.#isIdle) return;
    // A bundle of some sessions has every start, and not how those before it ended.
    const isWhole = envelope.seq === this.#end.seq + 1;
    if (before.stopped === null) {
      if (this.#queries.size > 0 || (before.started !== null && isWhole))
        before.killedBefore = markOf(envelope);
      else if (before.started !== null) before.endMissing = markOf(envelope);
    }
    this.#judgeRun();
    this.#run = newRun();
    this.#runId = envelope.actor;
  }

  /** Nothing but the tape itself is under way. */
  get #isIdle(): boolean {
    return this.#queries.size === 0 && this.#connections.size === 0 && this.#sessions.size === 0;
  }

  #judgeRun(): void {
    const run = this.#run;
    this.#judgeEnded(Number.POSITIVE_INFINITY);
    this.#closeIdle(this.#end);
    for (const query of [...this.#queries.values()]) {
      run.inFlightCount++;
      const { queryId, recording, recorded, last } = query;
      if (run.inFlight.length < IN_FLIGHT_LISTED)
        run.inFlight.push({ queryId, mayHaveRun: (recording ?? recorded) !== null, last });
      this.#forgetQuery(query);
    }
    for (const connection of this.#connections.values()) this.#judgeConnection(connection);
    for (const sessionId of [...this.#waiting.keys()]) this.#judgeWaiting(sessionId);
    this.#connections.clear();
    this.#sessions.clear();
    this.#judge('run', this.#runId, run);
  }

  #finish(): void {
    if (this.#run.last === null) return;
    this.#judgeRun();
    this.#run = newRun();
  }

  #closeIdle(end: Mark): void {
    for (const connection of this.#connections.values()) endIdle(connection, end, true);
  }

  #judgeWaiting(sessionId: string): void {
    for (const connection of this.#waiting.get(sessionId) ?? []) this.#judgeConnection(connection);
    this.#waiting.delete(sessionId);
  }

  #judgeConnection(connection: ConnectionFacts): void {
    this.#judge('connection', connection.connectionId, connection);
  }

  #judge<K extends SubjectKind>(kind: K, id: string, facts: Subjects[K]): void {
    for (const cause of CAUSES) {
      const judge = cause[kind] as ((facts: Subjects[K], end: Mark) => Judgement) | undefined;
      if (judge) this.#tallies.add(cause, kind, id, judge(facts, this.#end));
    }
  }
}

/** `S.c3` → `S`: what a connection is called by its session. */
function sessionOf(connectionId: string): string {
  return connectionId.replace(/\.c\d+$/, '');
}
