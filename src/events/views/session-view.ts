import type { Engine } from '../capabilities.ts';
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
  readonly orphaned: boolean;
}

/** Whether a session in this state has ended. */
export function sessionEnded(state: string): boolean {
  return state === 'offline' || state === 'failed';
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
      orphaned: false,
    };
  }
  const failure =
    event.type === 'session.connectionLost'
      ? event.failure
      : event.type === 'session.connectionOpened'
        ? null
        : session.failure;
  return { ...session, state, failure, endedAt: sessionEnded(state) ? at : null };
}
