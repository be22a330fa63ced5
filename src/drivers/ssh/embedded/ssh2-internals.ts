import type { Client, ClientChannel } from 'ssh2';

/**
 * What ssh2 1.17.0 has within itself and does not offer; its version is pinned. `embedded.test.ts` fails where a part is missing.
 */
interface Within {
  readonly _protocol: {
    /** Sends `keepalive@openssh.com`, which wants an answer. */
    ping(): void;
    readonly _handlers: {
      USERAUTH_FAILURE(protocol: unknown, methods: string[], isPartial: boolean): void;
      CHANNEL_DATA: TakeData;
      CHANNEL_EXTENDED_DATA: TakeData;
    };
  };
  /** Its channels by their numbers; a number whose channel is still being opened has a function. */
  readonly _chanMgr: {
    get(channel: number): { readonly incoming?: { readonly window: number } } | undefined;
  };
  /** What waits for answers to global requests, in their order. */
  readonly _callbacks: ((failed: unknown) => void)[];
}

type TakeData = (protocol: unknown, channel: number, data: Buffer, kind?: number) => void;

/** Asks a server for a sign of life. Resolves by its answer, whichever it is; rejects when the connection closes. */
export function signOfLife(client: Client): Promise<void> {
  const { _protocol, _callbacks } = client as unknown as Within;
  return new Promise((resolve, reject) => {
    // A server that does not know the request says so by a failure, which is a sign too.
    _callbacks.push((failed) => (failed instanceof Error ? reject(failed) : resolve()));
    _protocol.ping();
  });
}

/**
 * Reports each USERAUTH_FAILURE (RFC 4252 §5.1) before ssh2 reads it: with an agent it goes on to the next key and does not report
 * that the last one was a partial success.
 */
export function onAuthFailure(
  client: Client,
  report: (methods: readonly string[], isPartial: boolean) => void,
): void {
  const handlers = (client as unknown as Within)._protocol._handlers;
  const read = handlers.USERAUTH_FAILURE;
  handlers.USERAUTH_FAILURE = (protocol, methods, isPartial) => {
    report(methods, isPartial);
    read(protocol, methods, isPartial);
  };
}

/**
 * Reports data beyond what a channel has room for, which no server may send (RFC 4254 §5.2), and drops it: ssh2 would store all of it,
 * that of its standard error too, which is never read.
 */
export function onTooMuchData(client: Client, report: () => void): void {
  const { _protocol, _chanMgr } = client as unknown as Within;
  const { _handlers: handlers } = _protocol;
  for (const name of ['CHANNEL_DATA', 'CHANNEL_EXTENDED_DATA'] as const) {
    const take = handlers[name];
    handlers[name] = (protocol, channel, data, kind) => {
      const room = _chanMgr.get(channel)?.incoming?.window ?? 0;
      if (data.length > room) report();
      else take(protocol, channel, data, kind);
    };
  }
}

/** The most that a server takes in one packet of a channel (RFC 4254 §5.1), by its own word: ssh2 writes in packets of that size, without an end where it is 0. */
export function packetBytesMax(channel: ClientChannel): number {
  return (channel as unknown as { readonly outgoing: { readonly packetSize: number } }).outgoing.packetSize;
}
