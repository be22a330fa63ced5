import type { ActorRefFrom } from 'xstate';
import type { Accepted, Command } from '../events/command.ts';
import { CONNECT_TIMEOUT_MS, SESSIONS_MAX } from '../events/limits.ts';
import type { Profile } from '../events/profile.ts';
import { Secret } from '../events/secret.ts';
import type { ActorDirectory } from './actor-directory.ts';
import type { Ports } from './ports.ts';
import { Refused } from './refused.ts';
import type { SessionContext } from './session-context.ts';
import type { workspaceMachine } from './workspace.machine.ts';
import type { WorkspaceParts } from './workspace-parts.ts';

/** What opening and closing sessions needs of their workspace. */
interface SessionIntakeOptions extends WorkspaceParts {
  readonly workspaceId: string;
  readonly workspace: ActorRefFrom<typeof workspaceMachine>;
  /** Development only: `session.openUnsaved` is taken. */
  readonly unsavedProfiles: boolean;
}

/** What is answered to a command about a session. */
type OfSession = Pick<Accepted, 'sessionId'>;

/** The one way for a profile to become a session, and for sessions and tabs to be closed. */
export class SessionIntake {
  private readonly directory: ActorDirectory;

  constructor(private readonly options: SessionIntakeOptions) {
    this.directory = options.directory;
  }

  /** @throws Refused for a profile that can't be opened now */
  open(commandId: string, { profileId, ...how }: Command & { type: 'session.open' }): OfSession {
    return this.openProfile(commandId, profileOf(this.options.ports, profileId), how);
  }

  /** @throws Refused where the program was not started for it, and for production */
  openUnsaved(
    commandId: string,
    { name, target, environment, ...how }: Command & { type: 'session.openUnsaved' },
  ): OfSession {
    if (!this.options.unsavedProfiles)
      throw new Refused(
        'profile.unsaved',
        'A connection that no profile names can be opened in development only: start with --allow-unsaved-profiles.',
      );
    if (environment === 'production')
      throw new Refused('profile.unsavedProduction', 'Production is opened from a saved profile only.');
    const { profiles } = this.options.ports;
    return this.openProfile(commandId, profiles.addUnsaved(name, target, environment, how.password), how);
  }

  /** @throws Refused over an open transaction, unless it may be rolled back */
  close(commandId: string, { sessionId, rollback }: Command & { type: 'session.close' }): OfSession {
    const session = this.directory.session(sessionId);
    if (!rollback) this.noneMayBeOpen([sessionId]);
    // One that is closing already needs no second command.
    if (!session.getSnapshot().matches('closing'))
      this.directory.deliver(session, { type: 'session.close', commandId });
    return { sessionId };
  }

  reconnect(commandId: string, sessionId: string): OfSession {
    this.directory.deliver(this.directory.session(sessionId), { type: 'session.reconnect', commandId });
    return { sessionId };
  }

  /** @throws Refused over the tab's open transaction, unless it may be rolled back */
  closeTab(commandId: string, { sessionId, tabId, rollback }: Command & { type: 'tab.close' }): OfSession {
    const { side, resources } = this.options;
    const session = this.directory.session(sessionId);
    const { connections } = session.getSnapshot().context as SessionContext;
    if (!rollback) this.noneMayBeOpen([sessionId], (id) => connections[id]?.tabId === tabId);
    const event = { type: 'tab.close', commandId, tabId };
    // A session that is opening or closing has no connection of the tab's that would stay.
    if (session.getSnapshot().can(event)) session.send(event);
    resources.states.forgetTab(sessionId, tabId);
    for (const queryId of side.ofTab(tabId)) this.dropWhenEnded(queryId);
    return { sessionId };
  }

  /** What is not committed must not be lost unasked. @throws Refused where a transaction is open in one of the sessions */
  noneMayBeOpen(sessionIds: readonly string[], isMeant = (_connectionId: string): boolean => true): void {
    const open = this.directory.inTransaction(sessionIds).filter(isMeant);
    if (open.length === 0) return;
    const which = open.length === 1 ? 'A transaction is' : `${open.length} transactions are`;
    throw new Refused(
      'transaction.open',
      `${which} open. Commit first, or confirm that the changes may be rolled back.`,
    );
  }

  private openProfile(
    commandId: string,
    profile: Profile,
    { password, leaseId }: Pick<Command & { type: 'session.open' }, 'password' | 'leaseId'>,
  ): OfSession {
    const { ports, side, workspace, workspaceId, tapeMustWork } = this.options;
    if (profile.askPassword && password === undefined)
      throw new Refused(
        'profile.passwordNeeded',
        `${profile.name} asks for its password each time it is opened.`,
      );
    if (this.directory.sessions.length >= SESSIONS_MAX)
      throw new Refused('sessions.full', `${SESSIONS_MAX} sessions are open. Close one first.`);
    tapeMustWork();
    const sessionId = ports.newId('session');
    const { profileId, environment, readOnly, target, tunnel } = profile;
    const input = {
      sessionId,
      workspaceId,
      profileId,
      engine: target.engine,
      environment,
      readOnly,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      ...(leaseId === undefined ? {} : { leased: true as const }),
      ...(tunnel ? { tunnel: { by: tunnel.by, hops: tunnel.by === 'ssh' ? tunnel.hops.length : 0 } } : {}),
    };
    const event = { type: 'session.open' as const, commandId, input };
    if (!workspace.getSnapshot().can(event))
      throw new Refused('workspace.stopping', 'Querytape is ending. Start it again to open a connection.');
    side.nameSession(sessionId, profile.name);
    if (password !== undefined) side.keepPassword(sessionId, new Secret(password));
    workspace.send(event);
    return { sessionId };
  }

  /** Results end with their tab. */
  private dropWhenEnded(queryId: string): void {
    const { results } = this.options.ports;
    void this.directory.ended(queryId).then(() => results.dropQuery(queryId));
  }
}

/** A profile by its id. @throws Refused with the reason where there is none now */
export function profileOf({ profiles }: Ports, profileId: string): Profile {
  const profile = profiles.get(profileId);
  if (profile) return profile;
  const { code, message } = profiles.missing(profileId);
  throw new Refused(code, message);
}
