import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';
import type { CatalogueStatement, Driver, Edit } from '../drivers/driver.ts';
import { lacks, type Switch } from '../events/capabilities.ts';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import type { Accepted, Command, RowCommand } from '../events/command.ts';
import type { ServerSummary } from '../events/connection.ts';
import { MIB, STATEMENT_TIMEOUT_MAX_MS } from '../events/limits.ts';
import type { QueryInput, QueryPurpose } from '../events/query.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import { lostStateText } from '../events/session-state.ts';
import type { TransactionStep } from '../events/transaction.ts';
import type { ActorDirectory, MachineSnapshot } from './actor-directory.ts';
import { readCatalogue } from './catalogue-reading.ts';
import { trustNow } from './effects/trust.ts';
import {
  CATALOGUE_BYTES_MAX,
  CATALOGUE_TIMEOUT_MS,
  CONNECTIONS_PER_SESSION_MAX,
  SCRIPT_LIVING_MAX,
  STATEMENTS_WAITING_MAX,
} from './limits.ts';
import type { Ports } from './ports.ts';
import type { Recorder } from './recorder.ts';
import { Refused } from './refused.ts';
import type { Resources } from './resources.ts';
import { planEdit } from './row-edit.ts';
import { feedScript } from './script-feed.ts';
import { type ScriptStatement, statementsOf } from './script-text.ts';
import { connectionFor, type SessionContext } from './session.machine.ts';
import type { SideStore } from './side-store.ts';
import type { TabContext } from './tab.machine.ts';

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

/** What bounds a statement, and what it leaves on its connection. */
type Limits = Pick<QueryInput, 'timeoutMs' | 'rowsMax' | 'idleInTransactionMs' | 'concurrentQueriesMax'>;

/** How statements of ours run. */
const OURS = { timeoutMs: 0, rowsMax: 0, fetchAll: true, manualCommit: false, goOnAfterError: false };

function ours(text: string): Submission['statements'][number] {
  return { text, params: [], offset: 0 };
}

/** What is asked of a tab's connection. */
interface OfTab {
  readonly sessionId: string;
  readonly tabId: string;
}

/** What a submission needs of its workspace. */
export interface StatementIntakeOptions {
  readonly ports: Ports;
  readonly directory: ActorDirectory;
  readonly side: SideStore;
  readonly resources: Resources;
  readonly recorder: Recorder;
  /** @throws Refused while the tape can't be written */
  readonly tapeMustWork: () => void;
}

/** The one way for a statement to become a query: the user's own, a transaction's step, a row's edit, the catalogue's. */
export class StatementIntake {
  private readonly directory: ActorDirectory;
  /** Tabs whose script has statements that are not submitted yet. */
  private readonly feeding = new Set<string>();

  constructor(private readonly options: StatementIntakeOptions) {
    this.directory = options.directory;
  }

  /** Splits a text and submits its statements as one script. */
  text(commandId: string, command: Command & { type: 'query.submit' }) {
    const { sessionId, tabId, text } = command;
    const session = this.directory.openSession(sessionId);
    const statements = this.read(session, tabId, text);
    const timeoutMs = command.timeoutMs ?? 0;
    if (timeoutMs > STATEMENT_TIMEOUT_MAX_MS)
      throw new Refused(
        'timeout.tooLong',
        `A timeout may be ${STATEMENT_TIMEOUT_MAX_MS} ms at most; 0 is none.`,
      );
    const manualCommit = command.manualCommit ?? false;
    if (manualCommit) this.serverMust(session, 'transactions');
    const queryIds = this.submit(commandId, {
      sessionId,
      tabId,
      purpose: 'statement',
      statements,
      timeoutMs,
      rowsMax: command.rowsMax ?? 0,
      fetchAll: command.fetchAll ?? false,
      manualCommit,
      goOnAfterError: command.goOnAfterError ?? false,
    });
    const connectionId = connectionFor(this.directory.openSession(sessionId), tabId);
    return { sessionId, queryIds, ...(connectionId === null ? {} : { connectionId }) };
  }

  /** Submits a step of a tab's transaction. */
  transaction(
    commandId: string,
    { sessionId, tabId }: OfTab,
    step: TransactionStep,
  ): Pick<Accepted, 'sessionId' | 'queryIds'> {
    const session = this.directory.openSession(sessionId);
    const tab = this.directory.tab(session, tabId);
    if (step.step === 'rollback' && tab?.matches('interrupted')) {
      if (tab.matches({ interrupted: 'rollingBack' }))
        throw new Refused('transaction.rollingBack', ROLLING_BACK);
      this.directory.deliver(this.directory.session(sessionId), {
        type: 'transaction.lossSeen',
        commandId,
        tabId,
      });
      return { sessionId, queryIds: [] };
    }
    this.serverMust(session, 'transactions');
    if (session.readOnly)
      throw new Refused(
        'readOnly.transaction',
        'On a read-only profile each statement runs in a read-only transaction of its own.',
      );
    const connectionId = connectionFor(session, tabId);
    if (step.step === 'begin') {
      if (connectionId && this.directory.transactionOf(connectionId) !== 'none')
        throw new Refused(
          'transaction.open',
          'A transaction is open already. Commit it or roll it back first.',
        );
      if (step.readOnly) this.serverMust(session, 'readOnlyTransactions');
      levelMustBeKnown(session.server!, step.isolationLevel);
    } else if (!connectionId || !this.directory.mayBeInTransaction(session, connectionId)) {
      throw new Refused('transaction.none', 'No transaction is open in this tab.');
    }
    const queryIds = this.submit(commandId, {
      ...OURS,
      sessionId,
      tabId,
      purpose: 'transaction',
      statements: this.driver(session).transaction(step).map(ours),
      ...(step.step === 'begin' ? {} : { endsTransaction: true }),
    });
    return { sessionId, queryIds };
  }

  /**
   * Rolls back a tab's transaction that has been idle for too long. Where it can't be asked for now, nothing is sent; its
   * connection asks again.
   */
  rollBackIdle(cause: AnyActorRef, sessionId: string, tabId: string): void {
    try {
      const session = this.directory.openSession(sessionId);
      const submission = {
        ...OURS,
        sessionId,
        tabId,
        purpose: 'transaction',
        statements: this.driver(session).transaction({ step: 'rollback' }).map(ours),
        endsTransaction: true,
        idleRollback: true,
      } as const;
      const { ports, recorder } = this.options;
      recorder.causedBy(cause, () => this.submit(ports.newId('command'), submission));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Submits the edit of a row, or says what would be run. */
  async edit(commandId: string, command: RowCommand): Promise<Omit<Accepted, 'accepted' | 'commandId'>> {
    const { sessionId, tabId, namespace, collection, preview, manualCommit = false } = command;
    const session = this.directory.readySession(sessionId);
    this.serverMust(session, 'mutations');
    if (manualCommit) this.serverMust(session, 'transactions');
    const driver = this.driver(session);
    const request = { list: 'columns', namespace, collection } as const;
    const reader = { tabId: this.readsIn(session, tabId) };
    // A table without columns is refused like one that does not exist, so nothing more is asked.
    const page = await readCatalogue(
      driver,
      request,
      (statement) => this.ask(sessionId, statement, reader),
      false,
    );
    const { columns, takenBy = {}, untransacted } = 'columns' in page ? page : { columns: [] };
    const connectionId = connectionFor(session, tabId);
    const isInTransaction = connectionId !== null && this.directory.transactionOf(connectionId) !== 'none';
    if (untransacted && !preview && (manualCommit || isInTransaction))
      throw new Refused('edit.untransacted', untransactedWords(`${namespace}.${collection}`, untransacted));
    const edit = planEdit(driver, command, columns, takenBy);
    if (preview) return { sessionId, preview: { text: edit.text, params: edit.params } };
    const queryIds = this.submit(commandId, {
      ...OURS,
      sessionId,
      tabId,
      purpose: 'edit',
      statements: [{ ...edit, offset: 0 }],
      manualCommit,
    });
    return { sessionId, queryIds };
  }

  /** Reads a page of a session's catalogue. @throws Refused with the server's code and message when it can't be read */
  async catalogue(
    sessionId: string,
    request: CatalogueRequest,
    tabId: string | null = null,
  ): Promise<CataloguePage> {
    const session = this.directory.readySession(sessionId);
    const driver = await this.options.ports.driver(session.engine);
    const reader = { tabId: tabId === null ? null : this.readsIn(session, tabId) };
    return readCatalogue(driver, request, (statement) => this.ask(sessionId, statement, reader));
  }

  /**
   * The tab on whose connection its tables are described, as temporary tables and uncommitted ones are seen there alone; null, the
   * session's own connection, for a tab that has none and for engines whose transaction could be failed by reading.
   */
  private readsIn(session: SessionContext, tabId: string): string | null {
    const isSafe = this.driver(session)?.savepoint !== undefined;
    return isSafe && connectionFor(session, tabId) !== null ? tabId : null;
  }

  /**
   * Reads a session's catalogue by a statement of ours, run and recorded like any other.
   *
   * @param reader on whose connection: a tab's, or the session's own; and the effect that asks, where it is one
   * @throws Refused with the server's code and message when it can't be read
   */
  async ask<T>(
    sessionId: string,
    statement: CatalogueStatement<T>,
    reader: { readonly tabId?: string | null; readonly cause?: AnyActorRef } = {},
  ): Promise<T> {
    const { tabId = null, cause } = reader;
    const submission = {
      ...OURS,
      sessionId,
      tabId,
      purpose: 'catalogue',
      statements: [ours(statement.text)],
      timeoutMs: CATALOGUE_TIMEOUT_MS,
    } as const;
    const { ports, recorder } = this.options;
    const submit = () => this.submit(ports.newId('command'), submission);
    const [queryId] = cause ? recorder.causedBy(cause, submit) : submit();
    const { outcome } = await this.directory.ended(queryId!);
    const { results } = this.options.ports;
    try {
      // The server calls our own time limit a cancel by the user.
      if (outcome === 'timedOut') throw new Refused('catalogue.timeout', TOO_LONG);
      if (outcome !== 'succeeded') {
        const failure = this.options.side.query(queryId!)?.failure;
        if (outcome === 'failed' && statement.refused) return statement.refused();
        throw new Refused(
          failure?.code ?? `catalogue.${outcome}`,
          failure?.message ?? `It ended as ${outcome}.`,
        );
      }
      const result = results.get(queryId!);
      if (!result) return statement.read([], []);
      const { encoding, columns } = result.meta();
      const codec = rowCodec(encoding);
      const rows: (string | null)[][] = [];
      let size = 0;
      for await (const { bytes } of result.rowsFrom(0)) {
        size += bytes.length;
        if (size > CATALOGUE_BYTES_MAX) throw new Refused('catalogue.tooLarge', TOO_LARGE);
        rows.push(...readRows(codec, bytes, columns));
      }
      const next = statement.next?.(rows, columns);
      return next ? await this.ask(sessionId, next, reader) : statement.read(rows, columns);
    } finally {
      results.dropQuery(queryId!);
    }
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

  /** The statements of a text as the tab's connection reads it; the session's own answers for one that is not open yet. */
  private read(session: SessionContext, tabId: string, text: string): ScriptStatement[] {
    const { connections } = this.options.resources;
    const own = connections.get(connectionFor(session, tabId) ?? '');
    const facts = (own ?? connections.get(session.catalogueId ?? ''))?.facts ?? {};
    return statementsOf(session.engine, text, facts, this.driver(session));
  }

  /** The driver of a session that is ready, which has used it. */
  private driver({ engine }: SessionContext): Driver {
    return this.options.resources.drivers.get(engine)!;
  }

  /** @throws Refused where the server that was reached lacks a capability */
  private serverMust(session: SessionContext, capability: Switch): void {
    const { server } = session;
    if (!server) throw new Refused('session.notReady', 'The session has not reached its server yet.');
    if (!server.capabilities[capability])
      throw new Refused(`capability.${capability}`, lacks(server.flavour, capability));
  }

  private submit(commandId: string, submission: Submission): string[] {
    const { ports } = this.options;
    const { sessionId, tabId, purpose, statements, fetchAll } = submission;
    const { manualCommit, goOnAfterError, idleRollback, endsTransaction = false } = submission;
    this.options.tapeMustWork();
    const session = this.directory.session(sessionId);
    const context = session.getSnapshot().context as SessionContext;
    if (tabId !== null) mayNotBeInterrupted(this.directory.tab(context, tabId));
    const fed = `${sessionId}/${tabId}`;
    if (tabId !== null && this.feeding.has(fed)) throw new Refused('script.running', SCRIPT_RUNNING);
    const active = this.directory.active(context, QUEUES[purpose].purposes);
    if (active + Math.min(statements.length, SCRIPT_LIVING_MAX) > STATEMENTS_WAITING_MAX)
      throw new Refused(QUEUES[purpose].code, QUEUES[purpose].message);
    const hasOne = tabId === null || Object.values(context.connections).some((c) => c.tabId === tabId);
    if (!hasOne && Object.keys(context.connections).length >= CONNECTIONS_PER_SESSION_MAX)
      throw new Refused(
        'connections.full',
        `The session has ${CONNECTIONS_PER_SESSION_MAX} connections. Close a tab first.`,
      );
    const limits = this.limits(submission, context);
    const scriptId = ports.newId('script');
    const script = { sessionId, purpose, tabId, scriptId, ...limits, manualCommit, goOnAfterError };
    const submits = statements.map(({ text, copyData = '' }, scriptIndex) => ({
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
    // An edit waited for the catalogue, and the session may have left the state it was looked up in.
    this.directory.mustTake(session, submits[0]!);
    const queryIds = submits.map(({ input }) => input.queryId);
    const keep = (index: number): void => {
      const statement = statements[index]!;
      const queryId = queryIds[index]!;
      if (purpose === 'statement' || purpose === 'edit') this.keepText(context, queryId, statement);
      this.options.side.keep(queryId, { ...statement, tabId, fetchAll, endsTransaction });
    };
    this.feeding.add(fed);
    void feedScript({
      count: statements.length,
      livingMax: SCRIPT_LIVING_MAX,
      goOnAfterError,
      submit: (index) => {
        keep(index);
        session.send(submits[index]!);
        if (index === statements.length - 1) this.feeding.delete(fed);
        return this.directory.ended(queryIds[index]!);
      },
      mayTake: (index) => (session.getSnapshot() as AnyMachineSnapshot).can(submits[index]!),
      leave: (index) => {
        keep(index);
        session.send({ ...submits[index]!, scriptStopped: true });
      },
    })
      .catch(ports.defect)
      .finally(() => this.feeding.delete(fed));
    this.readOn(sessionId, queryIds[0]!);
    return queryIds;
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

const TOO_LARGE = `The server’s answer is larger than ${CATALOGUE_BYTES_MAX / MIB} MiB, more than a catalogue has to say.`;
const TOO_LONG = `The server did not answer within ${CATALOGUE_TIMEOUT_MS / 1000} s, so the request was stopped. It may be busy, or wait for a lock; try again.`;
const SCRIPT_RUNNING = 'A long script runs in this tab. Wait for its end, or cancel it.';

const ROLLING_BACK =
  'The transaction was idle longer than the policy allows and is being rolled back. Wait for the server to confirm.';

/** @throws Refused for a tab whose transaction was lost or rolled back, until the user has acknowledged it */
function mayNotBeInterrupted(tab: MachineSnapshot<TabContext> | undefined): void {
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
    'The connection was lost with a transaction open, and the server rolls back its uncommitted changes. Click Roll back to acknowledge, then continue.',
  );
}

function untransactedWords(place: string, engine: string): string {
  return `${place} is stored by ${engine}, which has no transactions: the change would be applied at once, and a rollback would not take it back. End the transaction and commit automatically to edit it.`;
}

/** The lesser of two limits: 0 is none asked for, null is none set. */
function lesser(asked: number, most: number | null): number {
  if (most === null) return asked;
  return asked === 0 ? most : Math.min(asked, most);
}

/** @throws Refused for an isolation level that the server does not have */
function levelMustBeKnown({ flavour, capabilities }: ServerSummary, level: string | undefined): void {
  const { isolationLevels } = capabilities;
  if (level === undefined || isolationLevels.includes(level)) return;
  const known = isolationLevels.join(', ') || 'none to choose from';
  throw new Refused('capability.isolationLevels', `${flavour} has these isolation levels: ${known}.`);
}
