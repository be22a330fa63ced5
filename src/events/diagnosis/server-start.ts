import type { Engine } from '../engines/engine-name.ts';
import { knownDescriptorOf } from '../engines/index.ts';
import type { ConnectionFacts, Opened } from './connection-facts.ts';
import type { Mark } from './mark.ts';
import { isUnheard } from './meaning.ts';

type Answering = Opened['server'];

/** Whether the same start of a server answered twice, by its own word. */
export function isSameStart(before: Answering, after: Answering): boolean {
  return Boolean(before.startedAt) && before.startedAt === after.startedAt;
}

/**
 * Whether another server answers at the address than before, as a failover or a load balancer brings about: it had started before the
 * first connection and at another time than the server of that, or, where no start is known, its checksum is another one. False where
 * neither is known.
 */
function isOtherServer(before: Answering, after: Answering): boolean {
  if (before.startedAt && after.startedAt)
    return !isSameStart(before, after) && Date.parse(after.startedAt) <= Date.parse(before.process.startedAt);
  const [was, is] = [before, after].map(({ process }) => process.serverId);
  return Boolean(was && is) && was !== is;
}

/** Whether a connection outlived a lost one, on the same server: behind one address there may be several. */
export function hasOutlived({ opened }: ConnectionFacts, other: ConnectionFacts): boolean {
  if (opened === null || other.lost === null || opened.seq > other.lost.seq) return false;
  return other.opened === null || !isOtherServer(other.opened.server, opened.server);
}

/** Who opened the next connection after one was lost, where that was another server. */
export function otherServerAfter({ opened, nextAttempt, nextOpened }: ConnectionFacts): Mark | null {
  const next = nextOpened ?? nextAttempt;
  return opened && next?.server && isOtherServer(opened.server, next.server) ? next : null;
}

/** Whether a server was started between two connections, by its own clock or by its numbers; false where that is not certain. */
export function hasRestarted(before: Answering, after: Answering, engine: Engine | null): boolean {
  if (isOtherServer(before, after)) return false;
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
