import type { MongoClient } from 'mongodb';

/** A server as the client knows it (MongoDB specification, "Server Discovery And Monitoring"). */
export interface Member {
  readonly type: string;
  readonly host: string;
  readonly port: number;
  readonly address: string;
  readonly roundTripTime: number;
  readonly error: Error | null;
  /** The primary's address, as this member has it. */
  readonly primary: string | null;
}

/** Types of servers that take writes. */
const WRITABLE: ReadonlySet<string> = new Set(['RSPrimary', 'Mongos', 'Standalone']);

/** The servers that the client knows of by now. */
export function membersOf(client: MongoClient): Member[] {
  const { topology } = client as unknown as {
    topology: { description: { servers: ReadonlyMap<string, Member> } };
  };
  return [...topology.description.servers.values()];
}

/** The member to read from (MongoDB specification, "Server Selection"). */
export function preferred(members: readonly Member[], readPreference: string): Member | undefined {
  const byTime = [...members].sort((left, right) => left.roundTripTime - right.roundTripTime);
  const writable = byTime.find(({ type }) => WRITABLE.has(type));
  const secondary = byTime.find(({ type }) => type === 'RSSecondary');
  // Routers and single servers are what there is, whatever is preferred.
  if (writable && writable.type !== 'RSPrimary') return writable;
  switch (readPreference) {
    case 'primary':
      return writable;
    case 'primaryPreferred':
      return writable ?? secondary;
    case 'secondary':
      return secondary;
    case 'secondaryPreferred':
      return secondary ?? writable;
    default:
      return byTime.find(({ type }) => WRITABLE.has(type) || type === 'RSSecondary');
  }
}

/** How long members that were named but have not answered yet are waited for, in milliseconds. */
const MEMBERS_MS = 1000;

/** Waits until each known member has answered or failed; bounded. */
export async function allSeen(client: MongoClient, signal: AbortSignal): Promise<void> {
  const isOpen = (): boolean => membersOf(client).some(({ type, error }) => type === 'Unknown' && !error);
  const until = AbortSignal.any([signal, AbortSignal.timeout(MEMBERS_MS)]);
  while (isOpen() && !until.aborted)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        client.removeListener('topologyDescriptionChanged', done);
        until.removeEventListener('abort', done);
        resolve();
      };
      client.on('topologyDescriptionChanged', done);
      until.addEventListener('abort', done, { once: true });
    });
}
