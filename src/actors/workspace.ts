import { type ActorRefFrom, type AnyActorRef, createActor, waitFor } from 'xstate';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import type { ActorCommand, Command, CommandAnswer } from '../events/command.ts';
import type { FailureText } from '../events/failure.ts';
import type { StatementFacts } from '../events/judgement.ts';
import type { Prompt } from '../events/prompt.ts';
import type { SessionState } from '../events/session-state.ts';
import { unwritableTape } from '../events/unwritable-tape.ts';
import type { QueryText, TapeHealth } from '../events/wire.ts';
import type { ConfigFact, WorkspaceInput } from '../events/workspace.ts';
import { ActorDirectory } from './actor-directory.ts';
import { CatalogueReader } from './catalogue-reader.ts';
import { commandTable, type Take, type Taken } from './command-table.ts';
import { Confirmations } from './confirmations.ts';
import { bindEffects } from './effects/bind.ts';
import { COMMANDS_REMEMBERED_MAX } from './limits.ts';
import { followInMemory } from './memory-follow.ts';
import { Orphans } from './orphans.ts';
import type { Ports } from './ports.ts';
import { ProfileTests } from './profile-test.ts';
import { Recorder } from './recorder.ts';
import { Refusals } from './refusals.ts';
import { Refused, refusedFor } from './refused.ts';
import { Resources } from './resources.ts';
import { SessionIntake } from './session-intake.ts';
import { SideStore } from './side-store.ts';
import { StatementIntake } from './statement-intake.ts';
import { Submissions } from './submissions.ts';
import { TapeWriter } from './tape-writer.ts';
import type { workspaceMachine } from './workspace.machine.ts';
import { inspectSystem } from './xstate.ts';

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
  private readonly orphans: Orphans;
  private readonly writer: TapeWriter;
  private readonly commands: ReturnType<typeof commandTable>;
  private readonly answers = new Map<string, CommandAnswer | Promise<CommandAnswer>>();
  private readonly refusals: Refusals;
  private tapeCode: string | null = null;

  constructor(private readonly options: WorkspaceOptions) {
    const { ports, runId, version, node, processId, unsavedProfiles } = options;
    const { side, resources } = this;
    const writer = new TapeWriter({
      tape: ports.tape,
      follow: (record) => followInMemory(record, { side, resources, directory: this.directory }),
      onCrowded: () => this.actor.send({ type: 'tape.crowded' }),
      onUnrecordable: options.onUnrecordable,
    });
    this.writer = writer;
    const durableNow = () => writer.durableNow();
    const recorder = new Recorder(writer, () => ports.now());
    const machine = bindEffects({
      ports,
      side,
      resources,
      recorder,
      nextAfter: (query) => this.directory.nextAfter(query),
      ask: (cause, sessionId, statement) => this.catalogues.ask(sessionId, statement, { cause }),
      lookForOrphans: (cause, session) => this.orphans.look(cause, session),
      isBusy: (sessionId) => this.directory.isBusy(sessionId),
      durableNow,
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
    this.orphans = new Orphans({ ...parts, workspace });
    this.refusals = new Refusals({
      now: () => ports.now(),
      mayRecord: () => this.mayRecordRefusals,
      record: (code, times) => this.actor.send({ type: 'request.refused', code, times }),
    });
    this.commands = commandTable({
      ...parts,
      durableNow,
      sessions: new SessionIntake({ ...parts, workspace, workspaceId: runId, unsavedProfiles }),
      intake: this.intake,
      confirmations: new Confirmations(parts),
      orphans: this.orphans,
      tests: this.profileTests(),
      tell: (fact) => this.actor.send(fact),
    });
    ports.config.onFact((fact) => {
      if (fact.type === 'vault.locked') side.forgetPasswords();
      this.actor.send(fact);
    });
  }

  private profileTests(): ProfileTests {
    const { ports, runId } = this.options;
    const { actor, writer, resources } = this;
    const tell = (fact: ConfigFact): number => {
      actor.send(fact);
      return writer.lastSeq;
    };
    return new ProfileTests(ports, tell, resources, {
      open: (input) => actor.send({ type: 'tunnel.open', input: { ...input, ownerId: runId } }),
      close: (tunnelId) =>
        (actor.system.get(tunnelId) as AnyActorRef | undefined)?.send({ type: 'tunnel.close' }),
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
    return !this.writer.isCrowded && this.tapeCode === null && this.isRunning;
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

  private tapeMustWork(): void {
    if (this.tapeCode !== null)
      throw new Refused('tape.unavailable', unwritableTape(this.tapeCode, 'nothing is sent to a server'));
  }
}
