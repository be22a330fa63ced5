import type { Connection, Driver } from '../drivers/driver.ts';
import type { Engine } from '../events/engines/engine-name.ts';
import type { Counted } from './count-run.ts';
import { Prompts } from './prompts.ts';
import { SessionStates } from './session-states.ts';
import type { StatementRun } from './statement-run.ts';

/** A count that runs, as far as it can be stopped. */
export interface Stoppable {
  stop(): void;
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
  /** Counts of what statements would touch, by the query, and who waits for them. */
  readonly counts = new Map<string, Stoppable>();
  readonly countWaiters = new Map<string, (counted: Omit<Counted, 'end'>) => void>();
}
