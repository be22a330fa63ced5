import { type ActorRef, assign, type EventObject, enqueueActions, type Snapshot, setup } from 'xstate';
import { SHUTDOWN_TIMEOUT_MS } from '../events/limits.ts';
import type { Of } from '../events/schema.ts';
import type { SessionClose, SessionOpen } from '../events/session.ts';
import type { WorkspaceEvent, WorkspaceInput } from '../events/workspace.ts';
import { sessionMachine } from './session.machine.ts';

/** What the workspace receives. */
export type WorkspaceMachineEvent = WorkspaceEvent | Of<typeof SessionOpen>;

export interface WorkspaceContext extends WorkspaceInput {
  /** Living sessions. */
  readonly sessions: readonly string[];
  /** Requests and commands turned away since the start. */
  readonly refusals: number;
}

type Ref<E extends EventObject> = ActorRef<Snapshot<unknown>, E> | undefined;

/**
 * The workspace is the root: one start of the program. It spawns the sessions and closes them in order.
 *
 *   running (recording ⇄ unrecorded) → stopping → stopped
 *
 * `unrecorded` says that the tape can't be written; nothing new is sent to a server while it stands.
 */
export const workspaceMachine = setup({
  types: {} as {
    context: WorkspaceContext;
    events: WorkspaceMachineEvent;
    input: WorkspaceInput;
    tags: 'ended';
  },
  actors: { session: sessionMachine },
  actions: {
    openSession: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'session.open') return;
      const { sessionId } = event.input;
      enqueue.assign({ sessions: [...context.sessions, sessionId] });
      enqueue.spawnChild('session', { id: sessionId, systemId: sessionId, input: event.input });
    }),
    forgetSession: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== 'session.ended') return;
      enqueue.assign({ sessions: context.sessions.filter((id) => id !== event.sessionId) });
      enqueue.stopChild(event.sessionId);
    }),
    closeSessions: enqueueActions(({ enqueue, context, system }) => {
      for (const sessionId of context.sessions) {
        const session: Ref<Of<typeof SessionClose>> = system.get(sessionId);
        if (session) enqueue.sendTo(session, { type: 'session.close' });
      }
    }),
    countRefusal: assign({ refusals: ({ context }) => context.refusals + 1 }),
  },
  guards: { noSessions: ({ context }) => context.sessions.length === 0 },
  delays: { SHUTDOWN_LIMIT: SHUTDOWN_TIMEOUT_MS },
}).createMachine({
  id: 'workspace',
  version: '1',
  context: ({ input }) => ({ ...input, sessions: [], refusals: 0 }),
  initial: 'running',
  on: {
    'session.ended': { actions: 'forgetSession' },
    'request.refused': { actions: 'countRefusal' },
    'command.refused': { actions: 'countRefusal' },
  },
  states: {
    running: {
      initial: 'recording',
      on: { 'workspace.stop': 'stopping', 'session.open': { actions: 'openSession' } },
      states: {
        recording: { on: { 'tape.failed': 'unrecorded' } },
        unrecorded: { on: { 'tape.recovered': 'recording' } },
      },
    },
    stopping: {
      entry: 'closeSessions',
      always: { guard: 'noSessions', target: 'stopped' },
      after: { SHUTDOWN_LIMIT: 'stopped' },
    },
    stopped: { tags: 'ended' },
  },
});
