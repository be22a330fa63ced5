import type { Connection, Driver } from '../drivers/driver.ts';
import type { Engine } from '../events/engines/engine-name.ts';
import type { Profile } from '../events/profile.ts';
import type { Counted } from './count-run.ts';
import { Prompts } from './prompts.ts';
import { SessionStates } from './session-states.ts';
import type { StatementRun } from './statement-run.ts';
import { Tunnels } from './tunnels.ts';

/** A count that runs, as far as it can be stopped. */
interface Stoppable {
  stop(): void;
}

/** A profile that may not be saved, and its secrets by their names. */
interface TestedProfile {
  readonly profile: Profile;
  secret(name: string): string | undefined;
}

/** What lives as long as the state that owns it, by the actor's id. The machines hold the ids only. */
export class Resources {
  /** The drivers that were used. */
  readonly drivers = new Map<Engine, Driver>();
  readonly connections = new Map<string, Connection>();
  readonly closings = new Map<string, Promise<void>>();
  readonly runs = new Map<string, StatementRun>();
  readonly states = new SessionStates();
  readonly prompts = new Prompts();
  readonly tunnels = new Tunnels();
  /** Profiles that are being tested, with their secrets, by the test. */
  readonly tested = new Map<string, TestedProfile>();
  private readonly wakers = new Set<() => void>();

  /** Calls `waker` whenever the computer woke or the clock jumped, until the function that is returned is called. */
  onWake(waker: () => void): () => void {
    this.wakers.add(waker);
    return () => this.wakers.delete(waker);
  }

  /** The computer woke, or its clock jumped. */
  woke(): void {
    for (const waker of [...this.wakers]) waker();
  }

  /** The open connections of a session, whose ids begin with its own. */
  connectionsOf(sessionId: string): readonly (readonly [string, Connection])[] {
    return [...this.connections].filter(([id]) => id.startsWith(`${sessionId}.`));
  }

  /** Counts of what statements would touch, by the query, and who waits for them. */
  readonly counts = new Map<string, Stoppable>();
  readonly countWaiters = new Map<string, (counted: Omit<Counted, 'end'>) => void>();
}
