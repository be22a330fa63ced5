import { type ActorRefFrom, type AnyActorRef, createActor, waitFor } from 'xstate';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import type { Accepted, ActorCommand, Command, CommandAnswer, StoreCommand } from '../events/command.ts';
import type { Unsealed } from '../events/envelope.ts';
import type { FailureText } from '../events/failure.ts';
import type { StatementFacts } from '../events/judgement.ts';
import type { Prompt } from '../events/prompt.ts';
import type { SessionState } from '../events/session-state.ts';
import { unwritableTape } from '../events/unwritable-tape.ts';
import { tunnelEnded } from '../events/views/tunnel-view.ts';
import type { QueryText, TapeHealth } from '../events/wire.ts';
import type { WorkspaceInput } from '../events/workspace.ts';
import { ActorDirectory } from './actor-directory.ts';
import type { BlockersOptions } from './blockers.ts';
import { CatalogueReader } from './catalogue-reader.ts';
import { Confirmations } from './confirmations.ts';
import { bindEffects } from './effects/bind.ts';
import { isTapeEvent } from './event-check.ts';
import { COMMANDS_REMEMBERED_MAX } from './limits.ts';
import { Orphans } from './orphans.ts';
import type { Ports } from './ports.ts';
import { ProfileTests } from './profile-test.ts';
import type { QueryContext } from './query.machine.ts';
import { Recorder } from './recorder.ts';
import { Refusals } from './refusals.ts';
import { Refused, refusedFor } from './refused.ts';
import { Resources } from './resources.ts';
import { SessionIntake } from './session-intake.ts';
import { SideStore } from './side-store.ts';
import { StatementIntake } from './statement-intake.ts';
import { Submissions } from './submissions.ts';
import type { workspaceMachine } from './workspace.machine.ts';
import { inspectSystem } from './xstate.ts';

/** The user waits for these, so they do not wait to share the sync of what comes next. */
const AWAITED: ReadonlySet<string> = new Set(['query.firstRowArrived', 'query.ended', 'query.cancel']);

/** What is answered to a command that was taken, beside its id. */
type Taken = Omit<Accepted, 'accepted' | 'commandId'>;

/** Takes a command. @throws Refused, or an Error with a `code`, for one that is not taken */
type Take<T extends Command['type']> = (
  command: Extract<Command, { type: T }>,
  commandId: string,
) => T extends ActorCommand['type'] ? Taken : Promise<Taken>;

interface WorkspaceOptions extends WorkspaceInput {
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
  private readonly resources = new Resources();
  private readonly actor: ActorRefFrom<typeof workspaceMachine>;
  private readonly directory: ActorDirectory;
  private readonly catalogues: CatalogueReader;
  private readonly intake: StatementIntake;
  private readonly sessions: SessionIntake;
  private readonly confirmations: Confirmations;
  private readonly orphans: Orphans;
  private readonly blockersOptions: BlockersOptions;
  private readonly answers = new Map<string, CommandAnswer | Promise<CommandAnswer>>();
  private readonly tests: ProfileTests;
  private readonly refusals: Refusals;
  private tapeCode: string | null = null;
  /** More records wait for the disk than are to, so the sessions are being closed. */
  private isCrowded = false;
  /** The seq of the last record. */
  private lastSeq = 0;

  constructor(private readonly options: WorkspaceOptions) {
    const { ports, runId, version, node, processId, unsavedProfiles } = options;
    const { side, resources } = this;
    const recorder = new Recorder({ append: (record) => this.append(record) }, () => ports.now());
    const machine = bindEffects({
      ports,
      side,
      resources,
      recorder,
      isAwaited: (query) => this.directory.isAwaited(query),
      ask: (cause, sessionId, statement) => this.catalogues.ask(sessionId, statement, { cause }),
      lookForOrphans: (cause, session) => this.orphans.look(cause, session),
      isBusy: (sessionId) => this.directory.isBusy(sessionId),
      durableNow: () => ports.tape.durable(this.lastSeq),
      rollBackIdle: (cause, sessionId, tabId) => this.intake.rollBackIdle(cause, sessionId, tabId),
    });
    const input = { runId, version, node, processId };
    this.actor = createActor(machine, { id: runId, systemId: runId, input });
    inspectSystem(this.actor, recorder.inspect);
    this.actor.start();
    const directory = new ActorDirectory(this.actor);
    this.directory = directory;
    const tapeMustWork = () => this.tapeMustWork();
    const parts = { ports, directory, side, resources, recorder, tapeMustWork };
    const submissions = new Submissions(parts);
    const catalogues = new CatalogueReader({ ...parts, submissions });
    this.catalogues = catalogues;
    this.intake = new StatementIntake({ ...parts, submissions, catalogues });
    const { actor: workspace } = this;
    this.sessions = new SessionIntake({ ...parts, workspace, workspaceId: runId, unsavedProfiles });
    this.orphans = new Orphans({ ...parts, workspace });
    this.blockersOptions = { ...parts, durableNow: () => ports.tape.durable(this.lastSeq) };
    this.confirmations = new Confirmations(parts);
    this.refusals = new Refusals({
      now: () => ports.now(),
      mayRecord: () => this.mayRecordRefusals,
      record: (code, times) => this.actor.send({ type: 'request.refused', code, times }),
    });
    this.tests = new ProfileTests(
      ports,
      (fact) => {
        this.actor.send(fact);
        return this.lastSeq;
      },
      resources,
      {
        open: (input) => this.actor.send({ type: 'tunnel.open', input: { ...input, ownerId: runId } }),
        close: (tunnelId) =>
          (this.actor.system.get(tunnelId) as AnyActorRef | undefined)?.send({ type: 'tunnel.close' }),
      },
    );
    ports.config.onFact((fact) => {
      if (fact.type === 'vault.locked') side.forgetPasswords();
      this.actor.send(fact);
    });
  }

  /**
   * Takes a command or says why not. The same `commandId` again gets the same answer and does nothing. Answers about drafts are not
   * remembered: they come several times a second, and a draft that is saved twice is saved.
   */
  take(command: ActorCommand): CommandAnswer;
  take(command: Command): CommandAnswer | Promise<CommandAnswer>;
  take(command: Command): CommandAnswer | Promise<CommandAnswer> {
    const commandId = command.commandId ?? this.options.ports.newId('command');
    const known = this.answers.get(commandId);
    if (known) return known;
    const accepted = (taken: Taken): CommandAnswer => ({ accepted: true, commandId, ...taken });
    const refused = (error: unknown): CommandAnswer => this.refusal(command, commandId, refusedFor(error));
    let answer: CommandAnswer | Promise<CommandAnswer>;
    try {
      const taken = (this.commands[command.type] as Take<Command['type']>)(command, commandId) as
        | Taken
        | Promise<Taken>;
      answer = taken instanceof Promise ? taken.then(accepted).catch(refused) : accepted(taken);
    } catch (error) {
      answer = refused(error);
    }
    if (!command.type.startsWith('draft.')) this.remember(commandId, answer);
    return answer;
  }

  /** What each command does. */
  private readonly commands: { readonly [T in Command['type']]: Take<T> } = {
    'session.open': (command, commandId) => this.sessions.open(commandId, command),
    'session.openUnsaved': (command, commandId) => this.sessions.openUnsaved(commandId, command),
    'session.close': (command, commandId) => this.sessions.close(commandId, command),
    'session.reconnect': ({ sessionId }, commandId) => this.sessions.reconnect(commandId, sessionId),
    'tab.close': (command, commandId) => this.sessions.closeTab(commandId, command),
    'query.submit': (command, commandId) => this.intake.text(commandId, command),
    'query.cancel': ({ queryId }, commandId) => {
      const { reason } = this.directory.query(queryId).getSnapshot().context as QueryContext;
      // The first cancel counts: a statement that is being cancelled already is left to that.
      if (reason === null)
        this.directory.deliverToQuery(queryId, { type: 'query.cancel', commandId, reason: 'user' });
      return { queryIds: [queryId] };
    },
    'query.blockers': async ({ queryId }, commandId) => {
      // Loaded on first use, as most days pass without it.
      const { askBlockers } = await import('./blockers.ts');
      return askBlockers(this.blockersOptions, commandId, queryId);
    },
    'query.confirm': (command, commandId) => this.confirmations.confirm(commandId, command),
    'query.count': ({ queryId }, commandId) => this.confirmations.count(commandId, queryId),
    'prompt.answer': (command, commandId) => this.confirmations.answer(commandId, command),
    'prompt.dismiss': ({ promptId }, commandId) => this.confirmations.dismiss(commandId, promptId),
    'orphan.check': ({ orphanId }, commandId) => this.orphans.check(commandId, orphanId),
    'orphan.cancel': ({ orphanId }, commandId) => this.orphans.cancel(commandId, orphanId),
    'orphan.dismiss': ({ orphanId }, commandId) => this.orphans.dismiss(commandId, orphanId),
    'query.fetchAll': ({ queryId }) => {
      if (!this.side.fetchAll(queryId))
        throw new Refused('query.unknown', `Query ${queryId} is no longer remembered. Run it again.`);
      this.resources.runs.get(queryId)?.fetchAll();
      return { queryIds: [queryId] };
    },
    'transaction.begin': (command, commandId) =>
      this.intake.transaction(commandId, command, { step: 'begin', ...command.options }),
    'transaction.commit': (command, commandId) =>
      this.intake.transaction(commandId, command, { step: 'commit' }),
    'transaction.rollback': (command, commandId) =>
      this.intake.transaction(commandId, command, { step: 'rollback' }),
    'row.insert': (command, commandId) => this.intake.edit(commandId, command),
    'row.update': (command, commandId) => this.intake.edit(commandId, command),
    'row.delete': (command, commandId) => this.intake.edit(commandId, command),
    'history.delete': async ({ queryIds }) => {
      const entries = await this.options.ports.history.delete(queryIds);
      this.actor.send({ type: 'history.deleted', entries });
      return { entries };
    },
    'history.purge': async () => {
      const entries = await this.options.ports.history.purge();
      this.actor.send({ type: 'history.purged', entries });
      return { entries };
    },
    'draft.save': async ({ type: _, commandId: __, ...draft }) => {
      await this.options.ports.drafts.save(draft);
      return {};
    },
    'draft.delete': async ({ tabId }) => {
      await this.options.ports.drafts.delete(tabId);
      return {};
    },
    'profile.test': async (command, commandId) => {
      this.tapeMustWork();
      return { reached: await this.tests.run(await this.options.ports.config.candidate(command), commandId) };
    },
    'profile.stopTest': async ({ testCommandId }) => {
      this.tests.stop(testCommandId);
      return {};
    },
    'vault.lock': async (command) => {
      if (!command.rollback) this.sessions.noneMayBeOpen(this.directory.sessionsIn('production'));
      return this.configure(command);
    },
    'vault.create': (command) => this.configure(command),
    'vault.unlock': (command) => this.configure(command),
    'vault.protect': (command) => this.configure(command),
    'vault.restoreBackup': (command) => this.configure(command),
    'vault.setAside': (command) => this.configure(command),
    'profile.save': (command) => this.configure(command),
    'profile.saveImported': (command) => this.configure(command),
    'profile.duplicate': (command) => this.configure(command),
    'profile.delete': (command) => this.configure(command),
    'profile.import': (command) => this.configure(command),
    'policy.save': (command) => this.configure(command),
  };

  private configure(command: StoreCommand): Promise<Taken> {
    return this.options.ports.config.take(command);
  }

  private refusal(command: Command, commandId: string, error: unknown): CommandAnswer {
    if (!(error instanceof Refused)) throw error;
    const { code, message, details } = error;
    // One that comes among too many is counted, as what may wait is while records wait for a disk that refuses them.
    if (this.refusals.spendOrCount(code))
      this.actor.send({ type: 'command.refused', commandId, command: command.type, code });
    return { refused: { code, message, ...details }, commandId };
  }

  private remember(commandId: string, answer: CommandAnswer | Promise<CommandAnswer>): void {
    this.answers.set(commandId, answer);
    if (this.answers.size > COMMANDS_REMEMBERED_MAX) this.answers.delete(this.answers.keys().next().value!);
  }

  /** Whether the workspace has not come to its end. */
  private get isRunning(): boolean {
    return this.actor.getSnapshot().status === 'active';
  }

  /** A request was turned away at the door. */
  requestRefused(code: string): void {
    this.refusals.count(code);
  }

  private get mayRecordRefusals(): boolean {
    return !this.isCrowded && this.tapeCode === null && this.isRunning;
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
    const words = this.side.query(queryId);
    if (!words) return undefined;
    const prompt = this.resources.prompts.ofOwner(queryId);
    return { ...words, challenge: prompt && { id: prompt.challenge, expiresAt: prompt.expiresAt } };
  }

  /** The open questions to the user, oldest first. */
  prompts(): Prompt[] {
    return this.resources.prompts.list();
  }

  /** The words of the last failure of a session or a connection. */
  failure(actorId: string): FailureText | undefined {
    return this.side.failure(actorId);
  }

  /** What a connection holds of its session, with its values; undefined once its tab has another. */
  connectionState(connectionId: string): SessionState | undefined {
    return this.resources.states.ofConnection(connectionId);
  }

  /** What a connection holds, and what the meaning of a text depends on there; null where that is not known. */
  connection(connectionId: string): { state: SessionState | null; facts: StatementFacts | null } {
    const facts = this.resources.connections.get(connectionId)?.facts ?? null;
    return { state: this.connectionState(connectionId) ?? null, facts };
  }

  /** Reads a page of a session's catalogue. @throws Refused with the server's code and message when it can't be read */
  catalogue(sessionId: string, request: CatalogueRequest, tabId?: string | null): Promise<CataloguePage> {
    return this.catalogues.page(sessionId, request, tabId);
  }

  /** The computer woke, or its clock jumped: everything that may have died in the meantime is asked for a sign of life. */
  woke(): void {
    this.resources.woke();
  }

  /** Whether a statement runs or waits. */
  get isBusy(): boolean {
    return this.directory.sessions.some((sessionId) => this.directory.isBusy(sessionId));
  }

  /** Transactions that are open, which the end of the program rolls back. */
  get openTransactions(): number {
    return this.directory.inTransaction().length;
  }

  /** Closes every session in order: statements are cancelled on their servers, transactions rolled back. */
  async stop(): Promise<void> {
    this.refusals.end();
    this.actor.send({ type: 'workspace.stop' });
    await waitFor(this.actor, (snapshot) => snapshot.hasTag('ended')).catch(() => undefined);
    this.actor.stop();
  }

  /** What the vocabulary does not know stays off the tape, whatever it says; its name reports the defect. */
  private append(record: Unsealed): number {
    const { event } = record;
    if (event.type === 'query.ended') {
      this.side.ended(event.queryId, null);
      this.directory.queryEnded(event);
      this.resources.prompts.close(event.queryId);
    }
    if (record.kind === 'prompt' && record.state !== 'open') this.resources.prompts.close(record.actor);
    if (record.kind === 'tunnel' && tunnelEnded(record.state ?? ''))
      this.resources.tunnels.ended(record.actor);
    if (event.type === 'xstate.init' && 'queryId' in event.input)
      this.side.runsOn(event.input.queryId, event.input.connectionId);
    // It was waiting for a connection that could not be opened, or was lost: why is asked for by the statement.
    if (event.type === 'connection.lost' && record.state === 'lost.notRun')
      this.side.lostWithConnection(record.actor);
    if (event.type === 'session.ended') {
      this.side.sessionEnded(event.sessionId);
      this.resources.states.forgetSession(event.sessionId);
      this.resources.tunnels.forget(event.sessionId);
    }
    // Invariant C4.
    const known = isTapeEvent(event);
    const { tape } = this.options.ports;
    try {
      this.lastSeq = tape.append(
        known ? record : { ...record, event: { type: `xstate.error.unrecordable.${record.event.type}` } },
      );
      // The user waits for these.
      if (AWAITED.has(event.type)) void tape.durable(this.lastSeq).catch(() => undefined);
      this.lookAtRoom();
      return this.lastSeq;
    } catch (error) {
      // Nothing may happen unrecorded, and an inspector must not throw: the process has to go.
      this.options.onUnrecordable(error as Error);
      return Number.MAX_SAFE_INTEGER;
    }
  }

  /** Closes the sessions once, while there is room to record it, where the disk does not keep up. */
  private lookAtRoom(): void {
    const { isCrowded } = this.options.ports.tape;
    if (isCrowded === this.isCrowded) return;
    this.isCrowded = isCrowded;
    // An inspector must not send.
    if (isCrowded) queueMicrotask(() => this.actor.send({ type: 'tape.crowded' }));
  }

  private tapeMustWork(): void {
    if (this.tapeCode !== null)
      throw new Refused('tape.unavailable', unwritableTape(this.tapeCode, 'nothing is sent to a server'));
  }
}
