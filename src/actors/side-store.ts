import type { Edit } from '../drivers/driver.ts';
import type { Cell } from '../events/edit.ts';
import type { FailureText } from '../events/failure.ts';
import { boundedFailure, failureUnits } from '../events/failure-bounds.ts';
import type { Judgement } from '../events/judgement.ts';
import { FAILURE_TEXT_UNITS_MAX, NOTICES_MAX } from '../events/limits.ts';
import type { Secret } from '../events/secret.ts';
import type { QueryText } from '../events/wire.ts';
import { NOTICES_UNITS_MAX, SIDE_STORE_MAX, SIDE_STORE_UNITS_MAX } from './limits.ts';

/** What a submission carries beside the event. */
export interface Kept extends Edit {
  /** Where the statement begins in the text that was submitted, in UTF-16 units. */
  readonly offset: number;
  /** The lines that the text's `COPY … FROM STDIN` reads. */
  readonly copyData?: string;
  /** How its script's lexer read its strings, where that matters (`EngineDescriptor.lexicalMode`). */
  readonly mode?: string;
  /** The settings by which its values were printed, where these may be others by now (`Connection.printing`). */
  readonly printedBy?: readonly string[];
  /** The editor tab it came from; null for the catalogue. */
  readonly tabId: string | null;
  /** Whether its rows are to be fetched without waiting for a reader. */
  readonly fetchAll: boolean;
  /** It commits or rolls back, and so needs an open transaction. */
  readonly endsTransaction: boolean;
}

interface Entry extends Kept {
  connectionId: string | null;
  failure: FailureText | null;
  judgement: Judgement | null;
  /** The user has confirmed it. */
  confirmed: boolean;
  readonly notices: FailureText[];
  noticeUnits: number;
  rowLeft: readonly Cell[] | null;
}

/**
 * What a command carries and the tape may not: statement text, and the server's words about it. In memory only, oldest
 * out first beyond SIDE_STORE_MAX statements or SIDE_STORE_UNITS_MAX UTF-16 units; a statement that still runs stays. What servers
 * say is bounded one by one and as a whole, and what is made of a statement counts too.
 */
export class SideStore {
  private readonly queries = new Map<string, Entry>();
  /** Words about sessions and connections, by their id. */
  private readonly failures = new Map<string, FailureText>();
  /** Passwords that were typed for one session, by its id. */
  private readonly passwords = new Map<string, Secret>();
  /** The names of open sessions' profiles: a locked vault no longer gives them. */
  private readonly names = new Map<string, string>();
  private readonly active = new Set<string>();
  private units = 0;
  private failuresUnits = 0;

  keep(queryId: string, kept: Kept): void {
    const unknown = { connectionId: null, failure: null, judgement: null, confirmed: false };
    this.queries.set(queryId, { ...kept, ...unknown, notices: [], noticeUnits: 0, rowLeft: null });
    this.active.add(queryId);
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

  /** What to send. Throws a RangeError when there is none, which is a defect: the text of an active query is stored. */
  statement(queryId: string): Edit & Pick<Kept, 'copyData' | 'mode' | 'printedBy' | 'endsTransaction'> {
    const entry = this.queries.get(queryId);
    if (!entry) throw new RangeError(`no text is kept for ${queryId}`);
    return entry;
  }

  /** The query has ended; its text may go when room is needed. */
  ended(queryId: string, failure: FailureText | null): void {
    this.active.delete(queryId);
    if (!failure) return;
    this.change(queryId, (entry) => {
      entry.failure = boundedFailure(failure);
    });
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

  /** Keeps a notice; returns false where it was only to be counted: the statement has many, or all together are too long. */
  notice(queryId: string, notice: FailureText): boolean {
    const entry = this.queries.get(queryId);
    if (!entry || entry.notices.length >= NOTICES_MAX) return false;
    // Before it is cut, which costs more than counting.
    const least = Math.min(failureUnits(notice), FAILURE_TEXT_UNITS_MAX);
    if (entry.noticeUnits + least > NOTICES_UNITS_MAX) return false;
    const bounded = boundedFailure(notice);
    const units = failureUnits(bounded);
    if (entry.noticeUnits + units > NOTICES_UNITS_MAX) return false;
    this.units += units;
    this.forgetOldest();
    if (this.units > SIDE_STORE_UNITS_MAX) {
      this.units -= units;
      return false;
    }
    entry.noticeUnits += units;
    entry.notices.push(bounded);
    return true;
  }

  /** Stores the row that an edit left, for the page to show. */
  left(queryId: string, row: readonly Cell[]): void {
    this.change(queryId, (entry) => {
      entry.rowLeft = row;
    });
  }

  judged(queryId: string, judgement: Judgement): void {
    this.change(queryId, (entry) => {
      entry.judgement = judgement;
    });
  }

  /** The user has answered the prompt for this very statement. */
  confirm(queryId: string): void {
    const entry = this.queries.get(queryId);
    if (entry) entry.confirmed = true;
  }

  /** The judgement of a statement, and whether the user confirmed it; undefined before it was judged. */
  judgement(queryId: string): { readonly judgement: Judgement; readonly confirmed: boolean } | undefined {
    const { judgement, confirmed } = this.queries.get(queryId) ?? {};
    return judgement && confirmed !== undefined ? { judgement, confirmed } : undefined;
  }

  query(queryId: string): Omit<QueryText, 'challenge'> | undefined {
    const entry = this.queries.get(queryId);
    if (!entry) return undefined;
    const { text, params, offset, failure, judgement, notices, rowLeft } = entry;
    const words = { failure, judgement, notices };
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
    this.forgetFailure(actorId);
    const bounded = boundedFailure(failure);
    this.failures.set(actorId, bounded);
    this.failuresUnits += failureUnits(bounded);
    while (this.failures.size > SIDE_STORE_MAX || this.failuresUnits > SIDE_STORE_UNITS_MAX)
      this.forgetFailure(this.failures.keys().next().value!);
  }

  private forgetFailure(actorId: string): void {
    const failure = this.failures.get(actorId);
    if (failure) this.failuresUnits -= failureUnits(failure);
    this.failures.delete(actorId);
  }

  failure(actorId: string): FailureText | undefined {
    return this.failures.get(actorId);
  }

  /** Keeps a password for as long as its session lives. */
  keepPassword(sessionId: string, password: Secret): void {
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

  /** Changes what is stored of a query, and makes room where it is larger by that. */
  private change(queryId: string, change: (entry: Entry) => void): void {
    const entry = this.queries.get(queryId);
    if (!entry) return;
    this.units -= unitsOf(entry);
    change(entry);
    this.units += unitsOf(entry);
    this.forgetOldest();
  }

  private forgetOldest(): void {
    for (const [queryId, entry] of this.queries) {
      if (this.queries.size <= SIDE_STORE_MAX && this.units <= SIDE_STORE_UNITS_MAX) return;
      if (this.active.has(queryId)) continue;
      this.queries.delete(queryId);
      this.units -= unitsOf(entry);
    }
  }
}

type Counted = Pick<Kept, 'text' | 'params' | 'copyData'> &
  Partial<Pick<Entry, 'failure' | 'noticeUnits' | 'judgement' | 'rowLeft'>>;

function unitsOf({ text, params, copyData = '', failure, noticeUnits = 0, ...more }: Counted): number {
  const { judgement, rowLeft } = more;
  const said = noticeUnits + (failure ? failureUnits(failure) : 0);
  const values = [...params, ...(rowLeft ?? []).map(({ value }) => value)];
  const judged = judgement ? judgementUnits(judgement) : 0;
  return values.reduce(
    (sum, value) => sum + (value?.length ?? 0),
    text.length + copyData.length + said + judged,
  );
}

/** Its long texts, each of which may quote the statement whole. */
function judgementUnits({ counting, shape, reason, dangers }: Judgement): number {
  const counted = counting && 'text' in counting ? counting.text.length : 0;
  const reasons = dangers.reduce((sum, danger) => sum + danger.reason.length, 0);
  return counted + (shape?.length ?? 0) + (reason?.length ?? 0) + reasons;
}
