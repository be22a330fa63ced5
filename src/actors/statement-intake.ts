import type { AnyActorRef } from 'xstate';
import type { Connection, Driver } from '../drivers/driver.ts';
import { lacks, type Switch } from '../events/capabilities.ts';
import type { Accepted, Command, RowCommand } from '../events/command.ts';
import type { ServerSummary } from '../events/connection.ts';
import { STATEMENT_TIMEOUT_MAX_MS } from '../events/limits.ts';
import type { TransactionStep } from '../events/transaction.ts';
import type { ActorDirectory } from './actor-directory.ts';
import type { CatalogueReader, CatalogueReaderOptions } from './catalogue-reader.ts';
import { readCatalogue } from './catalogue-reading.ts';
import { Refused } from './refused.ts';
import { planEdit, printedBy } from './row-edit.ts';
import { type ScriptStatement, statementsOf } from './script-text.ts';
import { connectionFor, type SessionContext } from './session-context.ts';
import { OURS, ours, ROLLING_BACK } from './submissions.ts';

/** What is asked of a tab's connection. */
interface OfTab {
  readonly sessionId: string;
  readonly tabId: string;
}

/** What statements need of their workspace. */
interface StatementIntakeOptions extends CatalogueReaderOptions {
  readonly catalogues: CatalogueReader;
}

/** What the user wants run: statements of a text, a step of a transaction, the edit of a row. */
export class StatementIntake {
  private readonly directory: ActorDirectory;

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
    const queryIds = this.options.submissions.submit(commandId, {
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
    const queryIds = this.options.submissions.submit(commandId, {
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
      recorder.causedBy(cause, () => this.options.submissions.submit(ports.newId('command'), submission));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Submits the edit of a row, or says what would be run. */
  async edit(commandId: string, command: RowCommand): Promise<Omit<Accepted, 'accepted' | 'commandId'>> {
    const { sessionId, tabId, namespace, collection, preview } = command;
    const session = this.directory.readySession(sessionId);
    this.serverMust(session, 'mutations');
    if (command.manualCommit) this.serverMust(session, 'transactions');
    const driver = this.driver(session);
    const request = { list: 'columns', namespace, collection } as const;
    const reader = { tabId: this.options.catalogues.readsIn(session, tabId) };
    // A table without columns is refused like one that does not exist, so nothing more is asked.
    const page = await readCatalogue(
      driver,
      request,
      (statement) => this.options.catalogues.ask(sessionId, statement, reader),
      false,
    );
    const { columns, takenBy = {}, untransacted } = 'columns' in page ? page : { columns: [] };
    // What the tab is in may have changed while the columns were read.
    const connectionId = connectionFor(this.directory.openSession(sessionId), tabId);
    const isInTransaction = connectionId !== null && this.directory.transactionOf(connectionId) !== 'none';
    const { autocommits, printing } = this.answering(session, tabId) ?? {};
    const manualCommit = command.manualCommit === true || autocommits === false;
    if (untransacted && !preview && (manualCommit || isInTransaction))
      throw new Refused('edit.untransacted', untransactedWords(`${namespace}.${collection}`, untransacted));
    const edit = planEdit(driver, command, columns, takenBy, printing);
    if (preview) return { sessionId, preview: { text: edit.text, params: edit.params } };
    const printed = printedBy(command);
    const queryIds = this.options.submissions.submit(commandId, {
      ...OURS,
      sessionId,
      tabId,
      purpose: 'edit',
      // What runs before it in the tab may set others.
      statements: [{ ...edit, offset: 0, ...(printed === undefined ? {} : { printedBy: printed }) }],
      manualCommit,
    });
    return { sessionId, queryIds };
  }

  /** The statements of a text as the tab's connection reads it; the session's own answers for one that is not open yet. */
  private read(session: SessionContext, tabId: string, text: string): ScriptStatement[] {
    const facts = this.answering(session, tabId)?.facts ?? {};
    return statementsOf(session.engine, text, facts, this.driver(session));
  }

  /** Whose settings hold in a tab: its connection's, and the session's own where that is not open yet. */
  private answering(session: SessionContext, tabId: string): Connection | undefined {
    const { connections } = this.options.resources;
    const own = connections.get(connectionFor(session, tabId) ?? '');
    return own ?? connections.get(session.catalogueId ?? '');
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
}

function untransactedWords(place: string, engine: string): string {
  return `${place} is stored by ${engine}, which has no transactions: the change would be applied at once, and a rollback would not take it back. End the transaction and commit automatically to edit it.`;
}

/** @throws Refused for an isolation level that the server does not have */
function levelMustBeKnown({ flavour, capabilities }: ServerSummary, level: string | undefined): void {
  const { isolationLevels } = capabilities;
  if (level === undefined || isolationLevels.includes(level)) return;
  const known = isolationLevels.join(', ') || 'none to choose from';
  throw new Refused('capability.isolationLevels', `${flavour} has these isolation levels: ${known}.`);
}
