import type { Unsealed } from '../events/envelope.ts';
import { tunnelEnded } from '../events/views/tunnel-view.ts';
import type { ActorDirectory } from './actor-directory.ts';
import type { Resources } from './resources.ts';
import type { SideStore } from './side-store.ts';

/** What is held in memory by the ids of actors. */
interface Memory {
  readonly side: SideStore;
  readonly resources: Resources;
  readonly directory: ActorDirectory;
}

/** Brings what is held in memory in line with a record, before the tape has it: what has ended is waited for and held no longer. */
export function followInMemory(record: Unsealed, { side, resources, directory }: Memory): void {
  const { event } = record;
  const { prompts, states, tunnels } = resources;
  if (event.type === 'query.ended') {
    side.ended(event.queryId, null);
    directory.queryEnded(event);
    prompts.close(event.queryId);
  }
  if (record.kind === 'prompt' && record.state !== 'open') prompts.close(record.actor);
  if (record.kind === 'tunnel' && tunnelEnded(record.state ?? '')) tunnels.ended(record.actor);
  if (event.type === 'xstate.init' && 'queryId' in event.input)
    side.runsOn(event.input.queryId, event.input.connectionId);
  // It was waiting for a connection that could not be opened, or was lost: why is asked for by the statement.
  if (event.type === 'connection.lost' && record.state === 'lost.notRun')
    side.lostWithConnection(record.actor);
  if (event.type === 'session.ended') {
    side.sessionEnded(event.sessionId);
    states.forgetSession(event.sessionId);
    tunnels.forget(event.sessionId);
  }
}
