import type { Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { FailureText } from '../../events/failure.ts';
import type { StatementFacts } from '../../events/judgement.ts';
import type { SessionState } from '../../events/session-state.ts';
import { connectionEnded } from '../../events/views/connection-view.ts';
import type { State } from '../../events/views/state.ts';
import { KeyedReads } from './keyed-reads.ts';

/** What `GET /api/connections/ID` says. */
export interface ConnectionReport {
  readonly failure: FailureText | null;
  /** What it holds of its session; null where that is not known any more. */
  readonly state: SessionState | null;
  /** What the meaning of a text depends on there; null once it is lost. */
  readonly facts: StatementFacts | null;
}

/**
 * The session state of open connections, read again whenever the tape records a change, and the error texts
 * of those that stopped a tab.
 */
export class SessionStates {
  /** By connection; the version is the seq of the change. */
  private readonly reports: KeyedReads<ConnectionReport, number>;

  constructor(client: { connection(connectionId: string): Promise<ConnectionReport> }, changed: () => void) {
    this.reports = new KeyedReads((connectionId) => client.connection(connectionId), changed);
  }

  /** Reads what has changed. */
  look({ connections, sessions }: Pick<State, 'connections' | 'sessions'>): void {
    const wanted = new Map<string, number>();
    for (const { connectionId, state, stateSeq } of Object.values(connections))
      if (!connectionEnded(state) && stateSeq > 0) wanted.set(connectionId, stateSeq);
    for (const { lostState } of Object.values(sessions))
      for (const { connectionId } of Object.values(lostState ?? {}))
        wanted.set(connectionId, Number.POSITIVE_INFINITY);
    this.reports.keepOnly(wanted);
    for (const [id, seq] of wanted) this.reports.want(id, seq);
  }

  of(connectionId: string | undefined): ConnectionReport | undefined {
    return connectionId === undefined ? undefined : this.reports.values.get(connectionId);
  }
}

/**
 * Where statements of a connection go, by the server's word: database, schema and role, without what the
 * engine has not.
 */
export function placeOf({ database, schema, searchPath, role }: SessionState): string[] {
  const path = schema ?? (searchPath === null ? null : `search_path ${searchPath || 'empty'}`);
  return [database ?? 'no database', path, role].filter((part) => part !== null && part !== '') as string[];
}

/** The namespace whose names need none; empty where there is none, undefined where it is not known. */
export function namespaceOf(engine: Engine, state: SessionState | null | undefined): string | undefined {
  if (!state) return undefined;
  return state[descriptorOf(engine).namespaceIs] ?? '';
}

/** Whether statements go elsewhere now than they did on the tab's connection before. */
export function hasMoved(
  before: SessionState | null | undefined,
  now: SessionState | null | undefined,
): boolean {
  return !!before && !!now && placeOf(before).join('\0') !== placeOf(now).join('\0');
}
