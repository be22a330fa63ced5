import { type ActorRef, assign, type EventObject, enqueueActions, type Snapshot, setup } from 'xstate';
import type { OrphanDismiss, OrphanFact, OrphanLook } from '../events/orphan.ts';
import { type Environment, stricterOf } from '../events/profile.ts';
import type { Of } from '../events/schema.ts';
import type { SessionClose, SessionOpen } from '../events/session.ts';
import type { TunnelOpen, TunnelReport } from '../events/tunnel-facts.ts';
import type { WorkspaceEvent, WorkspaceInput } from '../events/workspace.ts';
import { SHUTDOWN_TIMEOUT_MS } from './limits.ts';
import { orphanMachine } from './orphan.machine.ts';
import { sessionMachine } from './session.machine.ts';
import { tell } from './tell.ts';
import { tunnelMachine } from './tunnel.machine.ts';

/** What the workspace receives. */
type WorkspaceMachineEvent =
  | WorkspaceEvent
  | Of<typeof SessionOpen>
  | Of<typeof OrphanLook>
  | Of<typeof OrphanDismiss>
  | Of<typeof TunnelOpen>
  | TunnelReport;

interface WorkspaceContext extends WorkspaceInput {
  /** Living sessions. The environment is the strictest that the profile has had since the session was opened. */
  readonly sessions: Readonly<
    Record<string, { readonly profileId: string; readonly environment: Environment }>
  >;
  /** Requests and commands turned away since the start. */
  readonly refusals: number;
}

type Ref<E extends EventObject> = ActorRef<Snapshot<unknown>, E> | undefined;

/**
 * The workspace is the root: one start of the program. It spawns the sessions and closes them in order, and spawns what looks for
 * orphans of earlier runs.
 *
 *   running (recording ⇄ unrecorded) → stopping → stopped
 *
 * `unrecorded` says that the tape can't be written; nothing new is sent to a server while it stands. When the vault locks,
 * the sessions in production close; when too many records wait for the disk, all do.
 */
export const workspaceMachine = setup({
  types: {} as {
    context: WorkspaceContext;
    events: WorkspaceMachineEvent;
    input: WorkspaceInput;
    tags: 'ended';
  },
  actors: { session: sessionMachine, orphan: orphanMachine, tunnel: tunnelMachine },
  actions: {
    openSession: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'session.open') return;
      const { sessionId, profileId, environment } = event.input;
      enqueue.assign({ sessions: { ...context.sessions, [sessionId]: { profileId, environment } } });
      enqueue.spawnChild('session', { id: sessionId, systemId: sessionId, input: event.input });
    }),
    forgetSession: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'session.ended') return;
      const { [event.sessionId]: _, ...sessions } = context.sessions;
      enqueue.assign({ sessions });
      enqueue.stopChild(event.sessionId);
    }),
    lookForOrphan: enqueueActions(({ enqueue, event }) => {
      if (event.type !== 'orphan.look') return;
      const { input } = event;
      enqueue.spawnChild('orphan', { id: input.actorId, systemId: input.actorId, input });
    }),
    openTunnel: enqueueActions(({ enqueue, event }) => {
      if (event.type !== 'tunnel.open') return;
      const { input } = event;
      enqueue.spawnChild('tunnel', { id: input.tunnelId, systemId: input.tunnelId, input });
    }),
    forgetTunnel: enqueueActions(({ enqueue, event }) => {
      if (event.type === 'tunnel.ended') enqueue.stopChild(event.tunnelId);
    }),
    dismissOrphan: enqueueActions((args) => {
      if (args.event.type !== 'orphan.dismiss') return;
      tell<OrphanFact>(args, args.event.actorId, { type: 'orphan.dismissed' });
    }),
    closeSessions: enqueueActions(({ enqueue, context, system }, params: { in?: Environment }) => {
      for (const [sessionId, { environment }] of Object.entries(context.sessions)) {
        if (params.in !== undefined && environment !== params.in) continue;
        const session: Ref<Of<typeof SessionClose>> = system.get(sessionId);
        if (session) enqueue.sendTo(session, { type: 'session.close' });
      }
    }),
    tightenSessions: assign(({ context, event }) => {
      if (event.type !== 'profile.saved') return {};
      const { profileId, environment } = event;
      const sessions = Object.entries(context.sessions).map(([sessionId, session]) => {
        const tightened = { profileId, environment: stricterOf(session.environment, environment) };
        return [sessionId, session.profileId === profileId ? tightened : session];
      });
      return { sessions: Object.fromEntries(sessions) };
    }),
    countRefusal: assign({
      refusals: ({ context, event }) =>
        context.refusals + (event.type === 'request.refused' ? (event.times ?? 1) : 1),
    }),
  },
  guards: { noSessions: ({ context }) => Object.keys(context.sessions).length === 0 },
  delays: { SHUTDOWN_LIMIT: SHUTDOWN_TIMEOUT_MS },
}).createMachine({
  id: 'workspace',
  version: '5',
  context: ({ input }) => ({ ...input, sessions: {}, refusals: 0 }),
  initial: 'running',
  on: {
    'session.ended': { actions: 'forgetSession' },
    'request.refused': { actions: 'countRefusal' },
    'command.refused': { actions: 'countRefusal' },
    // Of these it is only to be known that they happened.
    'vault.*': {},
    'profile.*': {},
    'profile.saved': { actions: 'tightenSessions' },
    'policy.changed': {},
    'history.*': {},
    'tunnel.forwarding': {},
    'tunnel.interrupted': {},
    'tunnel.ended': { actions: 'forgetTunnel' },
  },
  states: {
    running: {
      initial: 'recording',
      on: {
        'workspace.stop': 'stopping',
        'session.open': { actions: 'openSession' },
        'orphan.look': { actions: 'lookForOrphan' },
        'orphan.dismiss': { actions: 'dismissOrphan' },
        'tunnel.open': { actions: 'openTunnel' },
        'tape.crowded': { actions: { type: 'closeSessions', params: {} } },
        'vault.locked': { actions: { type: 'closeSessions', params: { in: 'production' } } },
      },
      states: {
        recording: { on: { 'tape.failed': 'unrecorded' } },
        unrecorded: { on: { 'tape.recovered': 'recording' } },
      },
    },
    stopping: {
      entry: { type: 'closeSessions', params: {} },
      always: { guard: 'noSessions', target: 'stopped' },
      after: { SHUTDOWN_LIMIT: 'stopped' },
    },
    stopped: { tags: 'ended' },
  },
});
