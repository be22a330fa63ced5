import type { Engine } from '../capabilities.ts';
import type { ServerSummary } from '../connection.ts';
import type { Envelope } from '../envelope.ts';
import type { Failure } from '../failure.ts';
import type { Environment } from '../profile.ts';

/** A session as the tape tells it. */
export interface SessionView {
  readonly sessionId: string;
  readonly profileId: string;
  readonly engine: Engine;
  readonly environment: Environment;
  readonly readOnly: boolean;
  /** `opening.connecting`, `ready`, `reconnecting…`, `closing`, `offline`, `failed`. */
  readonly state: string;
  readonly openedAt: number;
  readonly endedAt: number | null;
  /** Why it is not ready, or was not. */
  readonly failure: Failure | null;
  /** Who answers and what it can do; null before it was reached. */
  readonly server: ServerSummary | null;
  /** Tabs whose transaction went with its connection, until `transaction.rollback` says that it was seen. */
  readonly interrupted: readonly string[];
  readonly orphaned: boolean;
}

/** Whether a session in this state has ended. */
export function sessionEnded(state: string): boolean {
  return state === 'offline' || state === 'failed';
}

/** Whether a session has ended or is about to: its profile can be opened again. */
export function sessionLeft(state: string): boolean {
  return sessionEnded(state) || state.startsWith('closing');
}

/** One more record of a session. Undefined where the tape begins in the middle of its life. */
export function foldSession(session: SessionView | undefined, envelope: Envelope): SessionView | undefined {
  const { event, at } = envelope;
  const state = envelope.state ?? session?.state ?? '';
  if (!session) {
    if (event.type !== 'xstate.init' || !('profileId' in event.input)) return undefined;
    if ('purpose' in event.input || !('environment' in event.input)) return undefined;
    const { sessionId, profileId, engine, environment, readOnly } = event.input;
    return {
      sessionId,
      profileId,
      engine,
      environment,
      readOnly,
      state,
      openedAt: at,
      endedAt: null,
      failure: null,
      server: null,
      interrupted: [],
      orphaned: false,
    };
  }
  const failure =
    event.type === 'session.connectionLost'
      ? event.failure
      : event.type === 'session.connectionOpened'
        ? null
        : session.failure;
  return {
    ...session,
    ...transactions(session, envelope),
    state,
    failure,
    endedAt: sessionEnded(state) ? at : null,
  };
}

/** What an event says of the server and of lost transactions. */
function transactions(session: SessionView, { event, ignored }: Envelope): Partial<SessionView> {
  if (ignored) return {};
  switch (event.type) {
    case 'session.connectionOpened': {
      const { flavour, version, capabilities } = event;
      return { server: session.server ?? { flavour, version, capabilities } };
    }
    case 'session.connectionLost':
      return event.tabId !== null && event.transaction !== 'none'
        ? { interrupted: [...session.interrupted, event.tabId] }
        : {};
    case 'transaction.lossSeen':
    case 'tab.close':
      return { interrupted: session.interrupted.filter((tabId) => tabId !== event.tabId) };
    default:
      return {};
  }
}
