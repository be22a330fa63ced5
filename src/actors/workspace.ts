import { TypeCompiler } from '@sinclair/typebox/compiler';
import { type ActorRefFrom, type AnyActorRef, type AnyMachineSnapshot, createActor, waitFor } from 'xstate';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import type { Accepted, Command, CommandAnswer } from '../events/command.ts';
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
import { readRows, rowCodec } from '../events/rows.ts';
import { stateName } from '../events/state-name.ts';
import { splitStatements } from '../events/statements.ts';
import type { QueryText, TapeHealth } from '../events/wire.ts';
import type { WorkspaceInput } from '../events/workspace.ts';
import type { Ports } from './ports.ts';
import { Handles, provideWorkspace } from './provide.ts';
import { Recorder } from './recorder.ts';
import type { SessionContext } from './session.machine.ts';
import { SideStore } from './side-store.ts';
import type { workspaceMachine } from './workspace.machine.ts';

const tapeEventCheck = TypeCompiler.Compile(TapeEvent);

/** A command or a catalogue request that was not taken. `code` is stable, `message` says what to do. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

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
  private readonly answers = new Map<string, CommandAnswer>();
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
  command(command: Command): CommandAnswer {
    const commandId = command.commandId ?? this.options.ports.newId('command');
    const known = this.answers.get(commandId);
    if (known) return known;
    let answer: CommandAnswer;
    try {
      answer = { accepted: true, commandId, ...this.take(command, commandId) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message } = error;
      answer = { refused: { code, message }, commandId };
      this.actor.send({ type: 'command.refused', commandId, command: command.type, code });
    }
    this.answers.set(commandId, answer);
    if (this.answers.size > COMMANDS_REMEMBERED_MAX) this.answers.delete(this.answers.keys().next().value!);
    return answer;
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
      statements: [{ text: statement.text, offset: 0 }],
      timeoutMs: CATALOGUE_TIMEOUT_MS,
      rowsMax: 0,
      fetchAll: true,
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
      if (result) {
        const codec = rowCodec(result.meta().encoding);
        for await (const { bytes } of result.rowsFrom(0)) rows.push(...readRows(codec, bytes));
      }
      return statement.read(rows);
    } finally {
      results.drop(queryId!);
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

  private take(command: Command, commandId: string): Omit<Accepted, 'accepted' | 'commandId'> {
    switch (command.type) {
      case 'session.open':
        return this.openSession(commandId, this.profile(command.profileId));
      case 'session.openUnsaved':
        return this.openSession(commandId, this.unsaved(command));
      case 'session.close':
        this.session(command.sessionId).send({ type: 'session.close', commandId });
        return { sessionId: command.sessionId };
      case 'session.reconnect':
        this.session(command.sessionId).send({ type: 'session.reconnect', commandId });
        return { sessionId: command.sessionId };
      case 'tab.close':
        return this.closeTab(commandId, command.sessionId, command.tabId);
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
        this.options.ports.results.get(command.queryId)?.fetchAll();
        return { queryIds: [command.queryId] };
      }
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

  private closeTab(commandId: string, sessionId: string, tabId: string): { sessionId: string } {
    const session = this.session(sessionId);
    session.send({ type: 'tab.close', commandId, tabId });
    for (const queryId of this.side.ofTab(tabId)) this.dropWhenEnded(queryId);
    return { sessionId };
  }

  /** Results go with their tab. */
  private dropWhenEnded(queryId: string): void {
    const { results } = this.options.ports;
    void this.ended(queryId).then(() => results.drop(queryId));
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
    const statements = splitStatements(text).map(({ start, end }) => ({
      text: text.slice(start, end),
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
    this.readySession(sessionId);
    const queryIds = this.submit(commandId, {
      sessionId,
      tabId,
      purpose: 'statement',
      statements,
      timeoutMs,
      rowsMax: command.rowsMax ?? 0,
      fetchAll: command.fetchAll ?? false,
    });
    const query = this.actor.system.get(queryIds[0]!) as AnyActorRef | undefined;
    const { connectionId } = (query?.getSnapshot().context ?? {}) as { connectionId?: string };
    return { sessionId, queryIds, ...(connectionId === undefined ? {} : { connectionId }) };
  }

  private submit(commandId: string, submission: Submission): string[] {
    const { ports } = this.options;
    const { sessionId, tabId, purpose, statements, timeoutMs, rowsMax, fetchAll } = submission;
    this.tapeMustWork();
    const session = this.session(sessionId);
    const context = session.getSnapshot().context as SessionContext;
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
    return statements.map(({ text, offset }, scriptIndex) => {
      const queryId = ports.newId('query');
      this.side.keep(queryId, { text, offset, tabId, fetchAll });
      session.send({
        type: 'query.submit',
        commandId,
        input: { queryId, sessionId, purpose, tabId, scriptId, scriptIndex, timeoutMs, rowsMax },
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
  readonly purpose: 'statement' | 'catalogue';
  readonly statements: readonly { readonly text: string; readonly offset: number }[];
  readonly timeoutMs: number;
  readonly rowsMax: number;
  readonly fetchAll: boolean;
}
