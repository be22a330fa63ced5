import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import ssh2, { type Algorithms, type Connection, type ParsedKey } from 'ssh2';
import type { SshKey } from './ssh-keys.ts';

/** An SSH server within the tests, which does what no real one does. */
export interface RogueSsh {
  readonly host: '127.0.0.1';
  readonly port: number;
  close(): void;
}

/** Starts one with a host key of `hostKey`; `serve` is given each client as it comes. */
export async function rogueSsh(
  hostKey: SshKey,
  serve: (client: Connection) => void,
  algorithms: Algorithms = {},
): Promise<RogueSsh> {
  const server = new ssh2.Server(
    { hostKeys: [await readFile(hostKey.file)], banner: 'Hello', algorithms },
    (client: Connection) => {
      client.on('error', () => {});
      serve(client);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    close: () => server.close(),
  };
}

/** Lets a client in at once, or after one question, and sends back what comes through its tunnel. */
export function serveEcho(client: Connection, { asks = false } = {}): void {
  client.on('authentication', (context) => {
    if (!asks) context.accept();
    else if (context.method === 'keyboard-interactive') context.prompt(['Code: '], () => context.accept());
    else context.reject(['keyboard-interactive']);
  });
  client.on('ready', () => {
    client.on('tcpip', (accept) => {
      const channel = accept();
      channel.on('error', () => {});
      channel.pipe(channel);
    });
    client.on('request', (_accept, reject) => reject?.());
  });
}

/** What ssh2 has within itself: every message of a server's goes through its cipher, the first ones through one that does nothing. */
interface Cipher {
  /** A packet (RFC 4253 §6) whose payload begins after its length and that of its padding. */
  allocPacket(payloadLength: number): Buffer;
  encrypt(packet: Buffer): void;
}
interface Within {
  readonly _protocol: { _cipher: Cipher; _hostKeys: Record<string, ParsedKey> };
}

/** Changes a server's messages before they are encrypted: `change` is given each payload (type and fields) and its number from 0. */
export function changeMessages(
  client: Connection,
  change: (payload: Buffer, number: number) => Buffer,
): void {
  const { _protocol: protocol } = client as unknown as Within;
  let cipher = protocol._cipher;
  let number = 0;
  const changing = (to: Cipher): Cipher =>
    new Proxy(to, {
      get(target, name) {
        if (name !== 'encrypt') {
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return (packet: Buffer) => {
          const payload = packet.subarray(5, 4 + packet.readUInt32BE(0) - packet[4]!);
          const changed = change(payload, number++);
          if (changed === payload) return target.encrypt(packet);
          const other = target.allocPacket(changed.length);
          changed.copy(other, 5);
          target.encrypt(other);
        };
      },
    });
  Object.defineProperty(protocol, '_cipher', {
    get: () => changing(cipher),
    set: (next: Cipher) => {
      cipher = next;
    },
  });
}

/** Shows another host key of the same type from the next key exchange on, and begins one (RFC 4253 §9). */
export async function changeHostKey(client: Connection, hostKey: SshKey): Promise<void> {
  const key = ssh2.utils.parseKey(await readFile(hostKey.file));
  if (key instanceof Error) throw key;
  const { _protocol: protocol } = client as unknown as Within;
  protocol._hostKeys[key.type] = key;
  client.rekey();
}
