import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';
import type { Edit } from '../drivers/driver.ts';
import type { QueryInput, QueryPurpose, QuerySubmit as QuerySubmitSchema } from '../events/query.ts';
import type { Of } from '../events/schema.ts';
import { lostStateText } from '../events/session-state.ts';
import type { ActorDirectory, MachineSnapshot } from './actor-directory.ts';
import { trustNow } from './effects/trust.ts';
import { CONNECTIONS_PER_SESSION_MAX, SCRIPT_LIVING_MAX, STATEMENTS_WAITING_MAX } from './limits.ts';
import { Refused } from './refused.ts';
import { feedScript } from './script-feed.ts';
import type { ScriptStatement } from './script-text.ts';
import type { SessionContext } from './session-context.ts';
import type { TabContext } from './tab.machine.ts';
import type { WorkspaceParts } from './workspace-parts.ts';

/** Statements for one connection, in order. */
interface Submission {
  readonly sessionId: string;
  readonly tabId: string | null;
  readonly purpose: QueryPurpose;
  readonly statements: readonly (Edit & Omit<ScriptStatement, 'params'>)[];
  readonly timeoutMs: number;
  readonly rowsMax: number;
  readonly fetchAll: boolean;
  readonly manualCommit: boolean;
  readonly goOnAfterError: boolean;
  /** It commits or rolls back, and so is sent only where a transaction is open when its turn comes. */
  readonly endsTransaction?: true;
  /** It rolls back a transaction that has been idle for too long, which stops the tab. */
  readonly idleRollback?: true;
}

type QuerySubmit = Of<typeof QuerySubmitSchema>;

/** What bounds a statement, and what it leaves on its connection. */
type Limits = Pick<QueryInput, 'timeoutMs' | 'rowsMax' | 'idleInTransactionMs' | 'concurrentQueriesMax'>;

/** How statements of ours run. */
export const OURS = { timeoutMs: 0, rowsMax: 0, fetchAll: true, manualCommit: false, goOnAfterError: false };

/** A statement of ours. */
export function ours(text: string): Submission['statements'][number] {
  return { text, params: [], offset: 0 };
}

/** Where a long script is fed: one at a time in each tab. */
function feedOf({ sessionId, tabId }: Submission): string {
  return `${sessionId}/${tabId}`;
}

/** The one way for statements to become queries, whoever wants them run. */
export class Submissions {
  private readonly directory: ActorDirectory;
  /** Tabs whose script has statements that are not submitted yet. */
  private readonly feeding = new Set<string>();

  constructor(private readonly options: WorkspaceParts) {
    this.directory = options.directory;
  }

  /** Submits statements as one script; returns the ids of their queries. @throws Refused where none is run */
  submit(commandId: string, submission: Submission): string[] {
    const { sessionId, tabId } = submission;
    this.options.tapeMustWork();
    const session = this.directory.session(sessionId);
    const context = session.getSnapshot().context as SessionContext;
    if (tabId !== null) {
      mustNotBeInterrupted(this.directory.tab(context, tabId));
      if (this.feeding.has(feedOf(submission))) throw new Refused('script.running', SCRIPT_RUNNING);
    }
    this.mustHaveRoom(context, submission);
    const submits = this.submitsOf(commandId, submission, context);
    // An edit waited for the catalogue, and the session may have left the state it was looked up in.
    this.directory.mustTake(session, submits[0]!);
    this.feed(session, submission, submits);
    const queryIds = submits.map(({ input }) => input.queryId);
    this.readOn(sessionId, queryIds[0]!);
    return queryIds;
  }

  /** @throws Refused where too many statements of the kind wait already, or the tab can get no connection */
  private mustHaveRoom(context: SessionContext, { tabId, purpose, statements }: Submission): void {
    const { purposes, code, message } = QUEUES[purpose];
    const active = this.directory.active(context, purposes);
    if (active + Math.min(statements.length, SCRIPT_LIVING_MAX) > STATEMENTS_WAITING_MAX)
      throw new Refused(code, message);
    const connections = Object.values(context.connections);
    const hasOne = tabId === null || connections.some((connection) => connection.tabId === tabId);
    if (!hasOne && connections.length >= CONNECTIONS_PER_SESSION_MAX)
      throw new Refused(
        'connections.full',
        `The session has ${CONNECTIONS_PER_SESSION_MAX} connections. Close a tab first.`,
      );
  }

  /** What the session receives of each statement, in order. */
  private submitsOf(commandId: string, submission: Submission, context: SessionContext): QuerySubmit[] {
    const { ports } = this.options;
    const { sessionId, tabId, purpose, statements, manualCommit, goOnAfterError, idleRollback } = submission;
    const limits = this.limits(submission, context);
    const scriptId = ports.newId('script');
    const script = { sessionId, purpose, tabId, scriptId, ...limits, manualCommit, goOnAfterError };
    return statements.map(({ text, copyData = '' }, scriptIndex) => ({
      type: 'query.submit' as const,
      commandId,
      input: {
        ...script,
        queryId: ports.newId('query'),
        scriptIndex,
        fingerprint: ports.fingerprint(text),
        statementBytes: Buffer.byteLength(text) + Buffer.byteLength(copyData),
      },
      ...(idleRollback ? { idleRollback } : {}),
      ...(scriptIndex === 0 && statements.length > 1 ? { scriptStatements: statements.length } : {}),
    }));
  }

  /** Sends the session a script's first statements now and the others as these end, each once its text is stored. */
  private feed(session: AnyActorRef, submission: Submission, submits: readonly QuerySubmit[]): void {
    const fed = feedOf(submission);
    const snapshot = (): AnyMachineSnapshot => session.getSnapshot() as AnyMachineSnapshot;
    this.feeding.add(fed);
    void feedScript({
      count: submits.length,
      livingMax: SCRIPT_LIVING_MAX,
      goOnAfterError: submission.goOnAfterError,
      submit: (index) => {
        const submit = submits[index]!;
        this.keep(snapshot().context as SessionContext, submission, submit.input);
        session.send(submit);
        if (index === submits.length - 1) this.feeding.delete(fed);
        return this.directory.ended(submit.input.queryId);
      },
      mayTake: (index) => snapshot().can(submits[index]!),
      leave: (index) => {
        // Where the session was given up in the meantime, the rest was never submitted.
        if (snapshot().hasTag('ended')) return;
        const submit = submits[index]!;
        this.keep(snapshot().context as SessionContext, submission, submit.input);
        session.send({ ...submit, scriptStopped: true });
      },
    })
      .catch(this.options.ports.defect)
      .finally(() => this.feeding.delete(fed));
  }

  /** Stores the text of a statement that is submitted, and puts the user's own in the history. */
  private keep(
    session: SessionContext,
    { purpose, tabId, fetchAll, statements, endsTransaction }: Submission,
    { queryId, scriptIndex }: QuerySubmit['input'],
  ): void {
    const statement = statements[scriptIndex]!;
    if (purpose === 'statement' || purpose === 'edit') this.keepText(session, queryId, statement);
    const kept = { ...statement, tabId, fetchAll, endsTransaction: endsTransaction === true };
    this.options.side.keep(queryId, kept);
  }

  /** A paused result whose connection is wanted by a query is read to its end, so that it does not block it. */
  private readOn(sessionId: string, queryId: string): void {
    const { queries } = this.directory.session(sessionId).getSnapshot().context as SessionContext;
    const connectionId = queries[queryId]?.connectionId;
    for (const [other, { connectionId: used }] of Object.entries(queries))
      if (other !== queryId && used === connectionId) this.options.resources.runs.get(other)?.fetchAll();
  }

  /** Puts a user's statement in the history. */
  private keepText(session: SessionContext, queryId: string, { text, params }: ScriptStatement): void {
    const { ports, side } = this.options;
    const { sessionId, profileId } = session;
    const { environment } = trustNow(ports, session).trust;
    const profileName = ports.profiles.get(profileId)?.name ?? side.sessionName(sessionId) ?? profileId;
    const at = ports.now();
    ports.history.submitted([{ queryId, at, profileId, profileName, environment, text, params }]);
  }

  /** What was asked for, or what the policy allows now where that is less. */
  private limits(asked: Submission, session: SessionContext): Limits {
    const { ports } = this.options;
    const { rules } = trustNow(ports, session);
    const isOurs = asked.purpose === 'catalogue' || asked.purpose === 'transaction';
    return {
      timeoutMs: isOurs ? asked.timeoutMs : lesser(asked.timeoutMs, rules.statementTimeoutMs),
      rowsMax: isOurs ? asked.rowsMax : lesser(asked.rowsMax, rules.rowsMax),
      idleInTransactionMs: rules.idleInTransactionMs ?? 0,
      concurrentQueriesMax: rules.concurrentQueriesMax,
    };
  }
}

/**
 * Statements are counted by what they are for: the catalogue and a transaction's end neither wait for the statements of the
 * user's scripts nor take their room.
 */
const SCRIPTS = {
  purposes: ['statement', 'edit'],
  code: 'queue.full',
  message: `A session may have ${STATEMENTS_WAITING_MAX} statements that run or wait. Wait for some to end, or cancel them.`,
} as const;
const QUEUES: Readonly<
  Record<QueryPurpose, { purposes: readonly QueryPurpose[]; code: string; message: string }>
> = {
  statement: SCRIPTS,
  edit: SCRIPTS,
  catalogue: {
    purposes: ['catalogue'],
    code: 'catalogue.full',
    message: `${STATEMENTS_WAITING_MAX} readings of the catalogue run or wait. Wait for some to end.`,
  },
  transaction: {
    purposes: ['transaction'],
    code: 'transaction.full',
    message: `${STATEMENTS_WAITING_MAX} transaction commands run or wait. Wait for some to end.`,
  },
};

const SCRIPT_RUNNING = 'A long script runs in this tab. Wait for its end, or cancel it.';

/** Why a tab waits whose idle transaction is being rolled back. */
export const ROLLING_BACK =
  'The transaction was idle longer than the policy allows and is being rolled back. Wait for the server to confirm.';

/** @throws Refused for a tab whose transaction was lost or rolled back, until the user has acknowledged it */
function mustNotBeInterrupted(tab: MachineSnapshot<TabContext> | undefined): void {
  if (!tab?.matches('interrupted')) return;
  if (tab.matches({ interrupted: 'rollingBack' })) throw new Refused('transaction.rollingBack', ROLLING_BACK);
  if (tab.matches({ interrupted: 'rolledBack' }))
    throw new Refused(
      'transaction.rolledBack',
      'The transaction was idle longer than the policy allows and was rolled back. Click Roll back to acknowledge, then continue.',
    );
  const { lost } = tab.context;
  if (lost)
    throw new Refused(
      lost.transaction ? 'transaction.lost' : 'state.lost',
      `${lostStateText(lost)} Click Roll back to acknowledge, then continue on a new connection.`,
    );
  throw new Refused(
    'transaction.lost',
    'The connection was lost with a transaction open. The server rolls back uncommitted changes, unless a COMMIT was in flight. Click Roll back to acknowledge, then continue.',
  );
}

/** The lesser of two limits: 0 is none asked for, null is none set. */
function lesser(asked: number, most: number | null): number {
  if (most === null) return asked;
  return asked === 0 ? most : Math.min(asked, most);
}
