import type { Edit } from '../drivers/driver.ts';
import type { Cell } from '../events/edit.ts';
import type { FailureText } from '../events/failure.ts';
import type { Judgement } from '../events/judgement.ts';
import { NOTICES_MAX, SIDE_STORE_MAX, SIDE_STORE_UNITS_MAX } from '../events/limits.ts';
import type { Secret } from '../events/secret.ts';
import type { QueryText } from '../events/wire.ts';

/** What a submission carries beside the event. */
export interface Kept extends Edit {
  /** Where the statement begins in the text that was submitted, in UTF-16 units. */
  readonly offset: number;
  /** The lines that the text's `COPY … FROM STDIN` reads. */
  readonly copyData?: string;
  /** How its script's lexer read its strings, where that matters (`lexicalModeOf`). */
  readonly mode?: string;
  /** The editor tab it came from; null for the catalogue. */
  readonly tabId: string | null;
  /** Whether its rows are to be fetched without waiting for somebody to read on. */
  readonly fetchAll: boolean;
  /** It commits or rolls back, and so needs an open transaction. */
  readonly endsTransaction: boolean;
}

/** What a person has to answer before a dangerous statement runs. */
export interface Challenge {
  readonly id: string;
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number;
}

interface Entry extends Kept {
  connectionId: string | null;
  failure: FailureText | null;
  judgement: Judgement | null;
  challenge: Challenge | null;
  /** A person has answered the challenge. */
  confirmed: boolean;
  readonly notices: FailureText[];
  rowLeft: readonly Cell[] | null;
}

/**
 * What a command carries and the tape may not: statement text, and the server's words about it. In memory only, oldest
 * out first beyond SIDE_STORE_MAX statements or SIDE_STORE_UNITS_MAX UTF-16 units; a statement that still runs stays.
 */
export class SideStore {
  private readonly queries = new Map<string, Entry>();
  /** Words about sessions and connections, by their id. */
  private readonly failures = new Map<string, FailureText>();
  /** Passwords that were typed for one session, by its id. */
  private readonly passwords = new Map<string, Secret>();
  /** The names of living sessions' profiles: a vault that locks does not tell them any more. */
  private readonly names = new Map<string, string>();
  private readonly living = new Set<string>();
  private units = 0;

  keep(queryId: string, kept: Kept): void {
    const unknown = { connectionId: null, failure: null, judgement: null, challenge: null, confirmed: false };
    this.queries.set(queryId, { ...kept, ...unknown, notices: [], rowLeft: null });
    this.living.add(queryId);
    this.units += unitsOf(kept);
    this.forgetOldest();
  }

  /** The remembered queries of a tab. */
  ofTab(tabId: string): string[] {
    return [...this.queries].filter(([, entry]) => entry.tabId === tabId).map(([queryId]) => queryId);
  }

  /** From now on the query's rows are fetched to the end. False when it is not remembered. */
  fetchAll(queryId: string): boolean {
    const entry = this.queries.get(queryId);
    if (entry) this.queries.set(queryId, { ...entry, fetchAll: true });
    return entry !== undefined;
  }

  wantsAll(queryId: string): boolean {
    return this.queries.get(queryId)?.fetchAll ?? false;
  }

  /** What to send. Throws a RangeError when there is none, which is a defect: a living query's text is kept. */
  statement(queryId: string): Edit & Pick<Kept, 'copyData' | 'mode' | 'endsTransaction'> {
    const entry = this.queries.get(queryId);
    if (!entry) throw new RangeError(`no text is kept for ${queryId}`);
    return entry;
  }

  /** The query has ended; its text may go when room is needed. */
  ended(queryId: string, failure: FailureText | null): void {
    this.living.delete(queryId);
    const entry = this.queries.get(queryId);
    if (entry && failure) entry.failure = failure;
  }

  /** The connection that a query was made for. */
  runsOn(queryId: string, connectionId: string): void {
    const entry = this.queries.get(queryId);
    if (entry) entry.connectionId = connectionId;
  }

  /** The query ended with its connection before it was sent: the connection's words are its own. */
  lostWithConnection(queryId: string): void {
    const connectionId = this.queries.get(queryId)?.connectionId;
    this.ended(queryId, (connectionId && this.failures.get(connectionId)) || null);
  }

  /** Keeps a notice; returns false beyond NOTICES_MAX, when it was only to be counted. */
  notice(queryId: string, notice: FailureText): boolean {
    const notices = this.queries.get(queryId)?.notices;
    if (!notices || notices.length >= NOTICES_MAX) return false;
    notices.push(notice);
    return true;
  }

  /** Stores the row that an edit left, for the page to show. */
  left(queryId: string, row: readonly Cell[]): void {
    const entry = this.queries.get(queryId);
    if (entry) entry.rowLeft = row;
  }

  /** What was found out about a statement, and the challenge that a person has to answer before it may run. */
  judged(queryId: string, judgement: Judgement, challenge: Challenge | null): void {
    const entry = this.queries.get(queryId);
    if (entry) Object.assign(entry, { judgement, challenge });
  }

  /** Takes the answer to a challenge. It is good once, for this statement, and until it expires. */
  answer(queryId: string, challenge: string, now: number): boolean {
    const entry = this.queries.get(queryId);
    if (entry?.challenge?.id !== challenge || now > entry.challenge.expiresAt) return false;
    entry.challenge = null;
    entry.confirmed = true;
    return true;
  }

  /** What was found out about a statement, and whether a person confirmed it; undefined before it was judged. */
  judgement(queryId: string): { readonly judgement: Judgement; readonly confirmed: boolean } | undefined {
    const { judgement, confirmed } = this.queries.get(queryId) ?? {};
    return judgement && confirmed !== undefined ? { judgement, confirmed } : undefined;
  }

  query(queryId: string): QueryText | undefined {
    const entry = this.queries.get(queryId);
    if (!entry) return undefined;
    const { text, params, offset, failure, judgement, challenge, notices, rowLeft } = entry;
    const words = { failure, judgement, challenge, notices };
    return {
      queryId,
      text,
      params: [...params],
      offset,
      ...words,
      ...(rowLeft ? { rowLeft: [...rowLeft] } : {}),
    };
  }

  /** Keeps the words of a session's or connection's last failure. */
  failed(actorId: string, failure: FailureText): void {
    this.failures.delete(actorId);
    this.failures.set(actorId, failure);
    if (this.failures.size > SIDE_STORE_MAX) this.failures.delete(this.failures.keys().next().value!);
  }

  failure(actorId: string): FailureText | undefined {
    return this.failures.get(actorId);
  }

  /** Keeps a password for as long as its session lives. */
  keepPassword(sessionId: string, password: Secret): void {
    this.forgetPassword(sessionId);
    this.passwords.set(sessionId, password);
  }

  password(sessionId: string): string | undefined {
    return this.passwords.get(sessionId)?.reveal();
  }

  forgetPassword(sessionId: string): void {
    this.passwords.get(sessionId)?.wipe();
    this.passwords.delete(sessionId);
  }

  nameSession(sessionId: string, profileName: string): void {
    this.names.set(sessionId, profileName);
  }

  sessionName(sessionId: string): string | undefined {
    return this.names.get(sessionId);
  }

  sessionEnded(sessionId: string): void {
    this.names.delete(sessionId);
    this.forgetPassword(sessionId);
  }

  forgetPasswords(): void {
    for (const sessionId of [...this.passwords.keys()]) this.forgetPassword(sessionId);
  }

  private forgetOldest(): void {
    for (const [queryId, entry] of this.queries) {
      if (this.queries.size <= SIDE_STORE_MAX && this.units <= SIDE_STORE_UNITS_MAX) return;
      if (this.living.has(queryId)) continue;
      this.queries.delete(queryId);
      this.units -= unitsOf(entry);
    }
  }
}

function unitsOf({ text, params, copyData = '' }: Pick<Kept, 'text' | 'params' | 'copyData'>): number {
  return params.reduce((sum, param) => sum + (param?.length ?? 0), text.length + copyData.length);
}
