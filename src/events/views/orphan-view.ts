import type { ServerProcess, TransactionStatus } from '../connection.ts';
import type { Engine } from '../engines/engine-name.ts';
import type { Failure } from '../failure.ts';
import type { QueryPurpose, Verdict } from '../query.ts';
import type { StateKind } from '../state-kind.ts';
import type { ReadEnvelope } from '../upcast.ts';
import type { ConnectionView } from './connection-view.ts';
import type { QueryView } from './query-view.ts';
import type { SessionView } from './session-view.ts';

/** The statement that was in flight on an orphan's connection. It may have completed. */
export interface OrphanStatement {
  readonly queryId: string;
  readonly purpose: QueryPurpose;
  readonly verdict: Verdict | null;
  readonly shape: string | null;
  readonly submittedAt: number;
  readonly dispatchedAt: number | null;
}

/** A tab's connection that was open when the program ended without closing it, and what was found out about it since. */
export interface OrphanView {
  /** The id of its connection. */
  readonly orphanId: string;
  readonly sessionId: string;
  readonly profileId: string;
  readonly engine: Engine;
  readonly tabId: string | null;
  readonly process: ServerProcess;
  readonly statement: OrphanStatement | null;
  /** Statements that waited for the connection: they were never sent. */
  readonly notRun: number;
  /** The transaction that it was in, and since when. */
  readonly transaction: TransactionStatus;
  readonly transactionSince: number | null;
  /** What it held of its session, which is lost with it. */
  readonly held: readonly StateKind[];
  /** When the next run of the program began. */
  readonly leftAt: number;
  /** The actor that looks for it; null before the profile is opened in this run. */
  readonly actorId: string | null;
  /** `notChecked`, or the state of that actor: `checking`, `running`, `gone`, `unknown`, `cancelling.requested` … */
  readonly state: string;
  /** When the server last answered, and for how long it had been running what it runs. */
  readonly checkedAt: number | null;
  readonly forMs: number | null;
  /** The server was asked to end the process, and has. Said once it is found so. */
  readonly terminated: boolean;
  /** Why it could not be looked for, or not be ended. */
  readonly failure: Failure | null;
}

/**
 * What a tab's connection leaves behind, where there is anything to know about it: a statement that may have completed, a transaction,
 * or state that is lost.
 *
 * @param left the queries that were in flight, with the end that they have by the crash
 * @param scripts how many statements each script has
 */
export function orphanOf(
  connection: ConnectionView,
  session: SessionView | undefined,
  left: readonly QueryView[],
  scripts: Readonly<Record<string, number>>,
  at: number,
): OrphanView | null {
  const { connectionId, sessionId, purpose, tabId, server, transaction, transactionSince, held } = connection;
  if (purpose !== 'tab' || !server || !session) return null;
  const own = left.filter((query) => query.connectionId === connectionId);
  const sent = own.find(({ outcome }) => outcome === 'lost.mayHaveCompleted');
  if (!sent && transaction === 'none' && held.length === 0) return null;
  return {
    orphanId: connectionId,
    sessionId,
    profileId: session.profileId,
    engine: session.engine,
    tabId,
    process: server.process,
    statement: sent ? statementOf(sent) : null,
    notRun: own.filter(({ outcome }) => outcome === 'lost.notRun').length + unsubmitted(own, scripts),
    transaction,
    transactionSince,
    held,
    leftAt: at,
    actorId: null,
    state: 'notChecked',
    checkedAt: null,
    forMs: null,
    terminated: false,
    failure: null,
  };
}

/** How many statements of these queries' scripts were not submitted yet. */
function unsubmitted(queries: readonly QueryView[], scripts: Readonly<Record<string, number>>): number {
  const submitted: Record<string, number> = {};
  for (const { scriptId, scriptIndex } of queries)
    submitted[scriptId] = Math.max(submitted[scriptId] ?? 0, scriptIndex + 1);
  return Object.entries(submitted).reduce((sum, [id, count]) => sum + (scripts[id] ?? count) - count, 0);
}

function statementOf({
  queryId,
  purpose,
  verdict,
  shape,
  submittedAt,
  dispatchedAt,
}: QueryView): OrphanStatement {
  return { queryId, purpose, verdict, shape, submittedAt, dispatchedAt };
}

/** An orphan at the next start of the program: what was found out still holds where it is the last word, and the rest is looked for again. */
export function orphanAtStart(orphan: OrphanView): OrphanView | null {
  if (orphan.state === 'gone') return null;
  return { ...orphan, actorId: null, state: 'notChecked', failure: null };
}

/** One more record of the actor that looks for an orphan. */
export function foldOrphan(orphan: OrphanView, { actor, at, event, ...envelope }: ReadEnvelope): OrphanView {
  if (envelope.ignored) return orphan;
  const next = { ...orphan, actorId: actor, state: envelope.state ?? orphan.state };
  switch (event.type) {
    case 'orphan.found':
      return { ...next, checkedAt: at, forMs: event.forMs };
    case 'orphan.terminated':
      return { ...next, terminated: event.termination === 'done' };
    case 'orphan.check':
    case 'orphan.cancel':
      return { ...next, failure: null };
    case 'orphan.notChecked':
    case 'orphan.notTerminated':
      return { ...next, failure: event.failure };
    default:
      return next;
  }
}
