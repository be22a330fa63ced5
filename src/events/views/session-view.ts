import type { ServerSummary } from '../connection.ts';
import type { Engine } from '../engines/engine-name.ts';
import type { Failure } from '../failure.ts';
import type { Environment } from '../profile.ts';
import type { QueryEnded } from '../query.ts';
import type { Of } from '../schema.ts';
import type { SessionFact } from '../session.ts';
import { type LostState, stateLoss } from '../session-state.ts';
import type { ReadEnvelope } from '../upcast.ts';

/** A session as the tape tells it. */
export interface SessionView {
  readonly sessionId: string;
  readonly profileId: string;
  readonly engine: Engine;
  readonly environment: Environment;
  readonly readOnly: boolean;
  /** A script opened it for itself, and it ends with that. */
  readonly leased: boolean;
  /**
   * `opening.connecting`, `ready`, `reconnecting…`, `disconnected`, `closing…`, `offline`, `failed`. `reconnecting` and
   * `disconnected` are said of the catalogue's connection; tabs run statements in them.
   */
  readonly state: string;
  readonly openedAt: number;
  readonly endedAt: number | null;
  /** Why it is not ready, or was not. */
  readonly failure: Failure | null;
  /** Who answers and what it can do; null before it was reached. */
  readonly server: ServerSummary | null;
  /** Tabs whose transaction was lost, until `transaction.rollback` acknowledges it. */
  readonly interrupted: readonly string[];
  /** Those of them whose transaction was unused for too long, with the query that rolls it back; null once it has. */
  readonly idleRollbacks: Readonly<Record<string, string | null>>;
  /** What interrupted tabs have lost, by tab, and the connection whose words tell why it could not be set again. */
  readonly lostState: Readonly<Record<string, LostState & { readonly connectionId: string }>>;
  readonly orphaned: boolean;
}

/** Whether the tabs of a session in this state run statements. */
export function sessionOpen(state: string): boolean {
  return state === 'ready' || state.startsWith('reconnecting') || state === 'disconnected';
}

/** Whether a session in this state is being opened, and not open yet. */
export function sessionOpening(state: string): boolean {
  return state.startsWith('opening');
}

/** Whether a session in this state has ended. */
export function sessionEnded(state: string): boolean {
  return state === 'offline' || state === 'failed';
}

/** Whether a session has ended or is about to: its profile can be opened again. */
export function sessionLeft(state: string): boolean {
  return sessionEnded(state) || state.startsWith('closing');
}

/** The chart's state without the `open` that it stands in: `open.connected` is `ready`. */
function plainState(state: string): string {
  return state === 'open.connected' ? 'ready' : state.replace(/^open\./, '');
}

/** One more record of a session. Undefined where the tape begins in the middle of its life. */
export function foldSession(
  session: SessionView | undefined,
  envelope: ReadEnvelope,
): SessionView | undefined {
  const { event, at } = envelope;
  const state = plainState(envelope.state ?? session?.state ?? '');
  if (!session) {
    if (event.type !== 'xstate.init' || !('profileId' in event.input)) return undefined;
    if ('purpose' in event.input || !('environment' in event.input)) return undefined;
    const { sessionId, profileId, engine, environment, readOnly, leased = false } = event.input;
    return {
      sessionId,
      profileId,
      engine,
      environment,
      readOnly,
      leased,
      state,
      openedAt: at,
      endedAt: null,
      failure: null,
      server: null,
      interrupted: [],
      idleRollbacks: {},
      lostState: {},
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

/** The tab runs nothing until the user has acknowledged what happened to its transaction. */
function interruptedIn({ interrupted }: SessionView, tabId: string): Pick<SessionView, 'interrupted'> {
  return { interrupted: interrupted.includes(tabId) ? interrupted : [...interrupted, tabId] };
}

function goingOn(
  session: SessionView,
  tabId: string,
): Pick<SessionView, 'interrupted' | 'idleRollbacks' | 'lostState'> {
  const { [tabId]: _, ...idleRollbacks } = session.idleRollbacks;
  const { [tabId]: __, ...lostState } = session.lostState ?? {};
  return { interrupted: session.interrupted.filter((id) => id !== tabId), idleRollbacks, lostState };
}

/** The tab's transaction, and what else its connection held. */
function connectionLost(
  session: SessionView,
  { connectionId, tabId, transaction, held = [], failure }: SessionFact & { type: 'session.connectionLost' },
): Partial<SessionView> {
  if (tabId === null) return {};
  const { state, stops } = stateLoss(held, transaction, failure.code);
  if (!stops) return {};
  return {
    ...interruptedIn(session, tabId),
    ...(state ? { lostState: { ...session.lostState, [tabId]: { ...state, connectionId } } } : {}),
  };
}

/** Only the server's word makes it rolled back; without it the transaction is open as before, or was lost with its connection. */
function idleRollbackEnded(
  session: SessionView,
  { queryId, outcome }: Of<typeof QueryEnded>,
): Partial<SessionView> {
  const { idleRollbacks } = session;
  const tabId = Object.keys(idleRollbacks).find((id) => idleRollbacks[id] === queryId);
  if (tabId === undefined) return {};
  if (outcome === 'succeeded') return { idleRollbacks: { ...idleRollbacks, [tabId]: null } };
  const { interrupted, lostState: _, ...rest } = goingOn(session, tabId);
  return outcome.startsWith('lost') ? rest : { interrupted, ...rest };
}

/** What an event says of the server and of lost transactions. */
function transactions(session: SessionView, { event, ignored }: ReadEnvelope): Partial<SessionView> {
  if (ignored) return {};
  switch (event.type) {
    case 'session.connectionOpened': {
      const { flavour, version, capabilities } = event;
      return { server: session.server ?? { flavour, version, capabilities } };
    }
    case 'session.connectionLost':
      return connectionLost(session, event);
    case 'query.submit': {
      const { tabId, queryId } = event.input;
      if (!event.idleRollback || tabId === null) return {};
      const idleRollbacks = { ...session.idleRollbacks, [tabId]: queryId };
      return { ...interruptedIn(session, tabId), idleRollbacks };
    }
    case 'query.ended':
      return idleRollbackEnded(session, event);
    case 'transaction.lossSeen':
    case 'tab.close':
      return goingOn(session, event.tabId);
    default:
      return {};
  }
}
