import type { Engine } from '../engines/engine-name.ts';
import { knownDescriptorOf } from '../engines/index.ts';
import type { ConnectionFacts, Opened } from './connection-facts.ts';
import { isUnheard } from './meaning.ts';

type Answering = Opened['server'];

/** Whether the same start of a server answered twice, by its own word. */
export function isSameStart(before: Answering, after: Answering): boolean {
  return Boolean(before.startedAt) && before.startedAt === after.startedAt;
}

/**
 * Whether a server was started between two connections, by its own clock or by its numbers; false where that is not certain. Another
 * server may answer at the same address, which had started before.
 */
export function hasRestarted(before: Answering, after: Answering, engine: Engine | null): boolean {
  const startedAt = Date.parse(after.startedAt ?? '');
  if (before.startedAt && before.startedAt !== after.startedAt)
    return startedAt > Date.parse(before.process.startedAt);
  return (
    engine !== null &&
    Boolean(knownDescriptorOf(engine)?.countsConnections) &&
    after.process.processId > 0 &&
    after.process.processId < before.process.processId
  );
}

/**
 * Whether nothing listened at the server's address after a connection was lost, and the server ran on all the while, as the start that
 * it reported before and after says: what forwards to it was down.
 */
export function isForwarderDown({ opened, nextAttempt, nextOpened }: ConnectionFacts): boolean {
  return (
    opened !== null &&
    nextOpened !== null &&
    isUnheard(nextAttempt?.failure) &&
    isSameStart(opened.server, nextOpened.server)
  );
}
