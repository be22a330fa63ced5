import { TypeCompiler } from '@sinclair/typebox/compiler';
import { type ActorRefFrom, type AnyActorRef, type AnyMachineSnapshot, createActor, waitFor } from 'xstate';
import type { Driver } from '../drivers/driver.ts';
import { lacks, type Switch } from '../events/capabilities.ts';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import type { Accepted, Command, CommandAnswer, RowCommand } from '../events/command.ts';
import type { ServerSummary, TransactionStatus } from '../events/connection.ts';
import { TapeEvent, type Unsealed } from '../events/envelope.ts';
import type { FailureText } from '../events/failure.ts';
import {
  CATALOGUE_TIMEOUT_MS,
  COMMANDS_REMEMBERED_MAX,
  CONNECT_TIMEOUT_MS,
  CONNECTIONS_PER_SESSION_MAX,
  SCRIPT_STATEMENTS_MAX,
  SESSIONS_MAX,
  STATEMENT_BYTES_MAX,
  STATEMENT_TIMEOUT_MAX_MS,
  STATEMENTS_WAITING_MAX,
} from '../events/limits.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryPurpose } from '../events/query.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import { stateName } from '../events/state-name.ts';
import { splitStatements } from '../events/statements.ts';
import type { TransactionStep } from '../events/transaction.ts';
import type { QueryText, TapeHealth } from '../events/wire.ts';
import type { WorkspaceInput } from '../events/workspace.ts';
import type { ConnectionContext } from './connection.machine.ts';
import type { Ports } from './ports.ts';
import { Handles, provideWorkspace } from './provide.ts';
import { Recorder } from './recorder.ts';
import { Refused } from './refused.ts';
import { planEdit } from './row-edit.ts';
import type { SessionContext } from './session.machine.ts';
import { type Kept, SideStore } from './side-store.ts';
import type { workspaceMachine } from './workspace.machine.ts';

const tapeEventCheck = TypeCompiler.Compile(TapeEvent);

export interface WorkspaceOptions extends WorkspaceInput {
  readonly ports: Ports;
  /** The tape takes nothing more, not even into memory. The process has to end. */
  readonly onUnrecordable: (error: Error) => void;
  /** Development only: `session.openUnsaved` is taken. */
  readonly unsavedProfiles: boolean;
}

/**
 * The running actors, from outside: commands in, answers out. Checks what can be checked before an actor is asked, and
 * keeps off the tape what must not be on it.
 */
export class Workspace {
  private readonly side = new SideStore();
  private readonly handles = new Handles();
  private readonly actor: ActorRefFrom<typeof workspaceMachine>;
  private readonly answers = new Map<string, CommandAnswer | Promise<CommandAnswer>>();
  private tapeCode: string | null = null;

  constructor(private readonly options: WorkspaceOptions) {
    const { ports, runId, version, node, processId } = options;
    const recorder = new Recorder({ append: (record) => this.append(record) }, () => ports.now());
    const machine = provideWorkspace(ports, recorder, this.side, this.handles);
    const input = { runId, version, node, processId };
    this.actor = createActor(machine, { id: runId, systemId: runId, input, inspect: recorder.inspect });
    this.actor.start();
  }

  /** Takes a command or says why not. The same `commandId` again gets the same answer and does nothing. */
  command(command: Exclude<Command, RowCommand>): CommandAnswer {
    const commandId = command.commandId ?? this.options.ports.newId('command');
    const known = this.answers.get(commandId);
    if (known) return known as CommandAnswer;
    let answer: CommandAnswer;
    try {
      answer = { accepted: true, commandId, ...this.take(command, commandId) };
    } catch (error) {
      answer = this.refusal(command, commandId, error);
    }
    this.remember(commandId, answer);
    return answer;
  }

  /** Takes an edit or says why not, like `command`; its statement is made with the catalogue's help, so it comes later. */
  edit(command: RowCommand): Promise<CommandAnswer> {
    const commandId = command.commandId ?? this.options.ports.newId('command');
    const known = this.answers.get(commandId);
    if (known) return Promise.resolve(known);
    const answer = this.takeEdit(command, commandId).then(
      (accepted): CommandAnswer => ({ accepted: true, commandId, ...accepted }),
      (error: unknown) => this.refusal(command, commandId, error),
    );
    this.remember(commandId, answer);
    return answer;
  }

  private refusal(command: Command, commandId: string, error: unknown): CommandAnswer {
    if (!(error instanceof Refused)) throw error;
    const { code, message } = error;
    this.actor.send({ type: 'command.refused', commandId, command: command.type, code });
    return { refused: { code, message }, commandId };
  }

  private remember(commandId: string, answer: CommandAnswer | Promise<CommandAnswer>): void {
    this.answers.set(commandId, answer);
    if (this.answers.size > COMMANDS_REMEMBERED_MAX) this.answers.delete(this.answers.keys().next().value!);
  }

  /** A request was turned away at the door. */
  requestRefused(code: string): void {
    this.actor.send({ type: 'request.refused', code });
  }

  /** The tape changed its health: nothing new is sent to a server while it can't be written. */
  tapeHealth(health: TapeHealth): void {
    const code = health.state === 'failed' ? (health.code ?? 'unknown') : null;
    if (code === this.tapeCode) return;
    const recovered = code === null;
    this.tapeCode = code;
    this.actor.send(recovered ? { type: 'tape.recovered' } : { type: 'tape.failed', code });
  }

  /** A statement's text and the server's words about it, while they are remembered. */
  query(queryId: string): QueryText | undefined {
    return this.side.query(queryId);
  }

  /** The words of the last failure of a session or a connection. */
  failure(actorId: string): FailureText | undefined {
    return this.side.failure(actorId);
  }

  /**
   * Reads a page of a session's catalogue by a statement of ours, run and recorded like any other.
   * @throws Refused with the server's code and message when it can't be read.
   */
  async catalogue(sessionId: string, request: CatalogueRequest): Promise<CataloguePage> {
    const session = this.readySession(sessionId);
    const driver = await this.options.ports.driver(session.engine);
    const statement = driver.catalogue(request);
    const [queryId] = this.submit(this.options.ports.newId('command'), {
      sessionId,
      tabId: null,
      purpose: 'catalogue',
      statements: [{ text: statement.text, params: [], offset: 0 }],
      timeoutMs: CATALOGUE_TIMEOUT_MS,
      rowsMax: 0,
      fetchAll: true,
      manualCommit: false,
      goOnAfterError: false,
    });
    const outcome = await this.ended(queryId!);
    const { results } = this.options.ports;
    try {
      if (outcome !== 'succeeded') {
        const failure = this.side.query(queryId!)?.failure;
        throw new Refused(
          failure?.code ?? `catalogue.${outcome}`,
          failure?.message ?? `It ended as ${outcome}.`,
        );
      }
      const rows: (string | null)[][] = [];
      const result = results.get(queryId!);
      const { encoding, columns } = result?.meta() ?? { encoding: 'ejson' as const, columns: [] };
      const codec = rowCodec(encoding);
      for await (const { bytes } of result?.rowsFrom(0) ?? []) rows.push(...readRows(codec, bytes, columns));
      return statement.read(rows, columns);
    } finally {
      results.dropQuery(queryId!);
    }
  }

  /** Closes every session in order: statements are cancelled on their servers, transactions rolled back. */
  async stop(): Promise<void> {
    this.actor.send({ type: 'workspace.stop' });
    await waitFor(this.actor, (snapshot) => snapshot.hasTag('ended')).catch(() => undefined);
    this.actor.stop();
  }

  /** What the vocabulary does not know stays off the tape, whatever it says; its name tells of the defect. */
  private append(record: Unsealed): number {
    const { event } = record;
    if (event.type === 'query.ended') this.side.ended(event.queryId, null);
    const known = tapeEventCheck.Check(event);
    const { tape } = this.options.ports;
    try {
      return tape.append(
        known ? record : { ...record, event: { type: `xstate.error.unrecordable.${record.event.type}` } },
      );
    } catch (error) {
      // Nothing may happen unrecorded, and an inspector must not throw: the process has to go.
      this.options.onUnrecordable(error as Error);
      return Number.MAX_SAFE_INTEGER;
    }
  }

  private take(
    command: Exclude<Command, RowCommand>,
    commandId: string,
  ): Omit<Accepted, 'accepted' | 'commandId'> {
    switch (command.type) {
      case 'session.open':
        return this.openSession(commandId, this.profile(command.profileId));
      case 'session.openUnsaved':
        return this.openSession(commandId, this.unsaved(command));
      case 'session.close': {
        const session = this.session(command.sessionId);
        if (!command.rollback) this.noTransactionMay(command.sessionId, null);
        session.send({ type: 'session.close', commandId });
        return { sessionId: command.sessionId };
      }
      case 'session.reconnect':
        this.session(command.sessionId).send({ type: 'session.reconnect', commandId });
        return { sessionId: command.sessionId };
      case 'tab.close':
        return this.closeTab(commandId, command);
      case 'query.submit':
        return this.submitText(commandId, command);
      case 'query.cancel':
        this.living(command.queryId).send({ type: 'query.cancel', commandId, reason: 'user' });
        return { queryIds: [command.queryId] };
      case 'query.fetchAll': {
        if (!this.side.fetchAll(command.queryId))
          throw new Refused(
            'query.unknown',
            `The query ${command.queryId} is not remembered any more. Run it again.`,
          );
        this.handles.runs.get(command.queryId)?.fetchAll();
        return { queryIds: [command.queryId] };
      }
      case 'transaction.begin':
        return this.transaction(commandId, command, { step: 'begin', ...command.options });
      case 'transaction.commit':
        return this.transaction(commandId, command, { step: 'commit' });
      case 'transaction.rollback':
        return this.transaction(commandId, command, { step: 'rollback' });
    }
  }

  private profile(profileId: string): Profile {
    const profile = this.options.ports.profiles.get(profileId);
    if (!profile)
      throw new Refused(
        'profile.unknown',
        `There is no profile ${profileId}. Reload the page to see what there is.`,
      );
    return profile;
  }

  private unsaved(command: Command & { type: 'session.openUnsaved' }): Profile {
    const { name, target, environment, password } = command;
    if (!this.options.unsavedProfiles)
      throw new Refused(
        'profile.unsaved',
        'A connection that no profile names can be opened in development only: start with --allow-unsaved-profiles.',
      );
    if (environment === 'production')
      throw new Refused('profile.unsavedProduction', 'Production is opened from a saved profile only.');
    return this.options.ports.profiles.addUnsaved(name, target, environment, password);
  }

  private openSession(commandId: string, profile: Profile): { sessionId: string } {
    if (this.actor.getSnapshot().context.sessions.length >= SESSIONS_MAX)
      throw new Refused('sessions.full', `${SESSIONS_MAX} sessions are open. Close one first.`);
    this.tapeMustWork();
    const sessionId = this.options.ports.newId('session');
    const { profileId, environment, readOnly, target } = profile;
    const input = {
      sessionId,
      workspaceId: this.options.runId,
      profileId,
      engine: target.engine,
      environment,
      readOnly,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    };
    this.actor.send({ type: 'session.open', commandId, input });
    return { sessionId };
  }

  private closeTab(commandId: string, command: Command & { type: 'tab.close' }): { sessionId: string } {
    const { sessionId, tabId, rollback } = command;
    const session = this.session(sessionId);
    if (!rollback) this.noTransactionMay(sessionId, tabId);
    session.send({ type: 'tab.close', commandId, tabId });
    for (const queryId of this.side.ofTab(tabId)) this.dropWhenEnded(queryId);
    return { sessionId };
  }

  /** Results go with their tab. */
  private dropWhenEnded(queryId: string): void {
    const { results } = this.options.ports;
    void this.ended(queryId).then(() => results.dropQuery(queryId));
  }

  /**
   * What a tab, or with null any tab, has not committed must not go by the way.
   * @throws Refused where a transaction is open
   */
  private noTransactionMay(sessionId: string, tabId: string | null): void {
    const { connections } = this.session(sessionId).getSnapshot().context as SessionContext;
    const open = Object.keys(connections).filter(
      (id) => (tabId === null || connections[id]!.tabId === tabId) && this.transactionOf(id) !== 'none',
    );
    if (open.length > 0)
      throw new Refused(
        'transaction.open',
        `${open.length === 1 ? 'A transaction is' : `${open.length} transactions are`} open. Commit, or say that the changes may be rolled back.`,
      );
  }

  private transactionOf(connectionId: string): TransactionStatus {
    const connection = this.actor.system.get(connectionId) as AnyActorRef | undefined;
    const { transaction } = (connection?.getSnapshot().context ?? {}) as Partial<ConnectionContext>;
    return transaction ?? 'none';
  }

  /** Sessions that have a transaction open, which the end of the program would roll back. */
  openTransactions(): number {
    const { sessions } = this.actor.getSnapshot().context;
    const ids = sessions.flatMap((id) =>
      Object.keys((this.session(id).getSnapshot().context as SessionContext).connections),
    );
    return ids.filter((id) => this.transactionOf(id) !== 'none').length;
  }

  private transaction(
    commandId: string,
    { sessionId, tabId }: { readonly sessionId: string; readonly tabId: string },
    step: TransactionStep,
  ): Pick<Accepted, 'sessionId' | 'queryIds'> {
    const session = this.readySession(sessionId);
    if (step.step === 'rollback' && session.interrupted.includes(tabId)) {
      this.session(sessionId).send({ type: 'transaction.lossSeen', commandId, tabId });
      return { sessionId, queryIds: [] };
    }
    const { capabilities } = this.serverMust(session, 'transactions');
    if (step.step === 'begin') {
      if (step.readOnly) this.serverMust(session, 'readOnlyTransactions');
      const { isolationLevel } = step;
      if (isolationLevel !== undefined && !capabilities.isolationLevels.includes(isolationLevel))
        throw new Refused(
          'capability.isolationLevels',
          `${session.server!.flavour} has these isolation levels to choose from: ${capabilities.isolationLevels.join(', ') || 'none'}.`,
        );
    }
    const queryIds = this.submit(commandId, {
      ...OURS,
      sessionId,
      tabId,
      purpose: 'transaction',
      statements: this.driver(session).transaction(step).map(ours),
    });
    return { sessionId, queryIds };
  }

  private async takeEdit(
    command: RowCommand,
    commandId: string,
  ): Promise<Omit<Accepted, 'accepted' | 'commandId'>> {
    const { sessionId, tabId, namespace, collection, preview, manualCommit = false } = command;
    const session = this.readySession(sessionId);
    this.serverMust(session, 'mutations');
    if (manualCommit) this.serverMust(session, 'transactions');
    const page = await this.catalogue(sessionId, { list: 'columns', namespace, collection });
    const statement = planEdit(this.driver(session), command, 'columns' in page ? page.columns : []);
    if (preview) return { sessionId, preview: statement };
    const queryIds = this.submit(commandId, {
      ...OURS,
      sessionId,
      tabId,
      purpose: 'edit',
      statements: [{ ...statement, offset: 0 }],
      manualCommit,
    });
    return { sessionId, queryIds };
  }

  /** The driver of a session that is ready, which has used it. */
  private driver({ engine }: SessionContext): Driver {
    return this.handles.drivers.get(engine)!;
  }

  /** @throws Refused where the server that was reached lacks a capability */
  private serverMust(session: SessionContext, capability: Switch): ServerSummary {
    const { server } = session;
    if (!server) throw new Refused('session.notReady', 'The session has not reached its server yet.');
    if (!server.capabilities[capability])
      throw new Refused(`capability.${capability}`, lacks(server.flavour, capability));
    return server;
  }

  private submitText(commandId: string, command: Command & { type: 'query.submit' }) {
    const { sessionId, tabId, text } = command;
    if (Buffer.byteLength(text) > STATEMENT_BYTES_MAX)
      throw new Refused(
        'statement.tooLong',
        `A text may have ${STATEMENT_BYTES_MAX} bytes. Use the server's own client to load files.`,
      );
    if (text.includes('\0'))
      throw new Refused('statement.nul', 'The text holds a NUL character, which no server takes. Remove it.');
    const session = this.readySession(sessionId);
    const statements = splitStatements(session.engine, text).map(({ start, end }) => ({
      text: text.slice(start, end),
      params: [],
      offset: start,
    }));
    if (statements.length === 0) throw new Refused('statement.empty', 'There is no statement in the text.');
    if (statements.length > SCRIPT_STATEMENTS_MAX)
      throw new Refused(
        'script.tooLong',
        `A script may have ${SCRIPT_STATEMENTS_MAX} statements; this one has ${statements.length}. Split it.`,
      );
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
    const query = this.actor.system.get(queryIds[0]!) as AnyActorRef | undefined;
    const { connectionId } = (query?.getSnapshot().context ?? {}) as { connectionId?: string };
    return { sessionId, queryIds, ...(connectionId === undefined ? {} : { connectionId }) };
  }

  private submit(commandId: string, submission: Submission): string[] {
    const { ports } = this.options;
    const { sessionId, tabId, purpose, statements, timeoutMs, rowsMax, fetchAll } = submission;
    const { manualCommit, goOnAfterError } = submission;
    this.tapeMustWork();
    const session = this.session(sessionId);
    const context = session.getSnapshot().context as SessionContext;
    if (tabId !== null && context.interrupted.includes(tabId))
      throw new Refused(
        'transaction.lost',
        'The connection went while a transaction was open, and what it had not committed went with it. Roll back to say that this was seen; then go on.',
      );
    if (Object.keys(context.queries).length + statements.length > STATEMENTS_WAITING_MAX)
      throw new Refused(
        'queue.full',
        `${STATEMENTS_WAITING_MAX} statements wait in this session. Wait for some to end, or cancel them.`,
      );
    const hasOne = tabId === null || Object.values(context.connections).some((c) => c.tabId === tabId);
    if (!hasOne && Object.keys(context.connections).length >= CONNECTIONS_PER_SESSION_MAX)
      throw new Refused(
        'connections.full',
        `The session has ${CONNECTIONS_PER_SESSION_MAX} connections. Close a tab first.`,
      );
    const scriptId = ports.newId('script');
    return statements.map(({ text, params, offset }, scriptIndex) => {
      const queryId = ports.newId('query');
      this.side.keep(queryId, { text, params, offset, tabId, fetchAll });
      session.send({
        type: 'query.submit',
        commandId,
        input: {
          queryId,
          sessionId,
          purpose,
          tabId,
          scriptId,
          scriptIndex,
          timeoutMs,
          rowsMax,
          manualCommit,
          goOnAfterError,
        },
        fingerprint: ports.fingerprint(text),
        statementBytes: Buffer.byteLength(text),
      });
      return queryId;
    });
  }

  private tapeMustWork(): void {
    if (this.tapeCode !== null)
      throw new Refused(
        'tape.unavailable',
        `The tape can't be written (${this.tapeCode}), so nothing is sent to a server. Make room in the data folder; it goes on by itself.`,
      );
  }

  private session(sessionId: string): AnyActorRef {
    const session = this.actor.system.get(sessionId) as AnyActorRef | undefined;
    if (!session || !this.actor.getSnapshot().context.sessions.includes(sessionId))
      throw new Refused('session.unknown', `There is no open session ${sessionId}. Open its profile again.`);
    return session;
  }

  private readySession(sessionId: string): SessionContext {
    const snapshot = this.session(sessionId).getSnapshot() as AnyMachineSnapshot;
    if (snapshot.value !== 'ready')
      throw new Refused(
        'session.notReady',
        `The session is ${stateName(snapshot.value)}. Wait until it is ready, or open it again.`,
      );
    return snapshot.context as SessionContext;
  }

  private living(queryId: string): AnyActorRef {
    const query = this.actor.system.get(queryId) as AnyActorRef | undefined;
    if (!query) throw new Refused('query.unknown', `The query ${queryId} does not run (any more).`);
    return query;
  }

  /** Resolves with the query's final state; at once where it has ended. */
  private async ended(queryId: string): Promise<string> {
    const query = this.actor.system.get(queryId) as AnyActorRef | undefined;
    if (!query) return 'ended';
    const last = await waitFor(query, (snapshot: AnyMachineSnapshot) => snapshot.hasTag('ended')).catch(
      () => query.getSnapshot() as AnyMachineSnapshot,
    );
    return stateName((last as AnyMachineSnapshot).value);
  }
}

/** Statements for one connection, in order. */
interface Submission {
  readonly sessionId: string;
  readonly tabId: string | null;
  readonly purpose: QueryPurpose;
  readonly statements: readonly Pick<Kept, 'text' | 'params' | 'offset'>[];
  readonly timeoutMs: number;
  readonly rowsMax: number;
  readonly fetchAll: boolean;
  readonly manualCommit: boolean;
  readonly goOnAfterError: boolean;
}

/** How statements of ours run. */
const OURS = { timeoutMs: 0, rowsMax: 0, fetchAll: true, manualCommit: false, goOnAfterError: false };

function ours(text: string): Submission['statements'][number] {
  return { text, params: [], offset: 0 };
}
