import type { ActorRefFrom, AnyActorRef } from 'xstate';
import { CONNECT_TIMEOUT_MS } from '../events/limits.ts';
import type { OrphanFact } from '../events/orphan.ts';
import type { OrphanView } from '../events/views/orphan-view.ts';
import { Refused } from './refused.ts';
import type { workspaceMachine } from './workspace.machine.ts';
import type { WorkspaceParts } from './workspace-parts.ts';

/** What looking for orphans needs of their workspace. */
interface OrphansOptions extends WorkspaceParts {
  readonly workspace: ActorRefFrom<typeof workspaceMachine>;
}

/** What is answered to a command about an orphan. */
type OfOrphan = { readonly orphanId: string };

/** What earlier runs left behind on servers: looked for once their profile is open, ended and dismissed by the user. */
export class Orphans {
  /** The actor that looks for each orphan, in this run. */
  private readonly actors = new Map<string, string>();

  constructor(private readonly options: OrphansOptions) {}

  /** A session has reached its server: each orphan of its profile is looked for there, caused by the effect `cause`. */
  look(cause: AnyActorRef, { sessionId, profileId }: { sessionId: string; profileId: string }): void {
    const { ports, recorder } = this.options;
    for (const orphan of ports.orphans.list()) {
      if (orphan.profileId !== profileId) continue;
      const actor = this.actor(orphan.orphanId);
      // A session that connects again has looked already.
      if (actor?.getSnapshot().context.sessionId === sessionId) continue;
      recorder.causedBy(cause, () => this.lookFor(orphan, sessionId));
    }
  }

  /** @throws Refused where it is not listed, its profile is not open, or it is being looked for */
  check(commandId: string, orphanId: string): OfOrphan {
    const orphan = this.orphan(orphanId);
    const sessionId = this.sessionOf(orphan);
    this.options.tapeMustWork();
    const actor = this.actor(orphanId);
    if (!actor) this.lookFor(orphan, sessionId, commandId);
    else this.deliver(actor, { type: 'orphan.check', commandId, sessionId });
    return { orphanId };
  }

  /** @throws Refused where it is not listed, its profile is not open, or nothing was found there that can be ended */
  cancel(commandId: string, orphanId: string): OfOrphan {
    const sessionId = this.sessionOf(this.orphan(orphanId));
    this.options.tapeMustWork();
    const actor = this.actor(orphanId);
    if (!actor)
      throw new Refused('orphan.notFound', 'The server has not been asked yet whether it is still there.');
    this.deliver(actor, { type: 'orphan.cancel', commandId, sessionId });
    return { orphanId };
  }

  /** @throws Refused where it is not listed, or is being ended */
  dismiss(commandId: string, orphanId: string): OfOrphan {
    this.orphan(orphanId);
    const { workspace } = this.options;
    const actor = this.actor(orphanId);
    if (actor?.getSnapshot().matches('cancelling'))
      throw new Refused(
        'orphan.cancelling',
        'It is being ended on its server. Wait until that is confirmed.',
      );
    const event = { type: 'orphan.dismiss', commandId, orphanId, actorId: actor?.id ?? null } as const;
    if (!workspace.getSnapshot().can(event))
      throw new Refused('workspace.stopping', 'Querytape is ending. It is listed again at the next start.');
    workspace.send(event);
    this.actors.delete(orphanId);
    return { orphanId };
  }

  private lookFor({ orphanId, ...orphan }: OrphanView, sessionId: string, commandId?: string): void {
    const { ports, workspace } = this.options;
    const { profileId, engine, process, statement } = orphan;
    const known = this.actor(orphanId);
    if (known) {
      const event = { type: 'orphan.check', sessionId } as const;
      if (known.getSnapshot().can(event)) known.send(event);
      return;
    }
    const actorId = ports.newId('orphan');
    const input = {
      actorId,
      orphanId,
      sessionId,
      profileId,
      engine,
      process,
      sentAt: statement?.dispatchedAt ?? null,
      checkTimeoutMs: CONNECT_TIMEOUT_MS,
    };
    this.actors.set(orphanId, actorId);
    workspace.send({ type: 'orphan.look', ...(commandId === undefined ? {} : { commandId }), input });
  }

  private orphan(orphanId: string): OrphanView {
    const orphan = this.options.ports.orphans.list().find((one) => one.orphanId === orphanId);
    if (orphan) return orphan;
    throw new Refused('orphan.unknown', 'This is not listed any more as left behind by a crash.');
  }

  private actor(orphanId: string): AnyActorRef | undefined {
    const actorId = this.actors.get(orphanId);
    return actorId === undefined
      ? undefined
      : (this.options.workspace.system.get(actorId) as AnyActorRef | undefined);
  }

  /** The open session of its profile. */
  private sessionOf({ profileId }: OrphanView): string {
    const { sessions } = this.options.workspace.getSnapshot().context;
    const open = Object.keys(sessions).findLast(
      (sessionId) =>
        sessions[sessionId]!.profileId === profileId &&
        this.options.directory.session(sessionId).getSnapshot().matches('open'),
    );
    if (open !== undefined) return open;
    throw new Refused('orphan.profileClosed', 'Its server is asked once its profile is open. Open it first.');
  }

  private deliver(actor: AnyActorRef, event: OrphanFact): void {
    const snapshot = actor.getSnapshot();
    if (snapshot.can(event)) actor.send(event);
    else if (snapshot.matches('checking') || snapshot.matches('cancelling'))
      throw new Refused('orphan.busy', 'Its server is being asked. Wait for the answer.');
    else throw new Refused('orphan.notRunning', 'Nothing was found there that could be ended.');
  }
}
