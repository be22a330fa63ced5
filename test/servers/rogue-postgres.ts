import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import {
  authentication,
  backendKeyData,
  bindComplete,
  commandComplete,
  dataRow,
  message,
  parameterStatus,
  parseComplete,
  readyForQuery,
  rowDescription,
} from './postgres-messages.ts';

/** What a rogue server does with one connection. What it throws ends that connection. */
export type Rogue = (peer: RoguePeer) => Promise<void>;

export interface RogueOptions {
  /** Speaks TLS where the client asks for it. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Sent instead of an answer to SSLRequest. */
  readonly sslAnswer?: Buffer;
}

export interface RoguePostgres {
  readonly port: number;
  /** Connections that came so far. */
  readonly connections: number;
  /** What clients sent as passwords, or as parts of SCRAM. */
  readonly passwords: readonly Buffer[];
  close(): Promise<void>;
}

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;

/** A connection as a rogue server has it: it reads what the client sends, message by message, and sends what it likes. */
export class RoguePeer {
  private bytes = Buffer.alloc(0);
  private wake: () => void = () => {};
  private begun = false;
  private hasEnded = false;

  constructor(
    private readonly socket: Socket,
    private readonly seen: { readonly passwords: Buffer[] },
  ) {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake();
    });
    socket.on('close', () => {
      this.hasEnded = true;
      this.wake();
    });
  }

  /** The next whole message; the first one has no tag. @throws Error when the client has gone */
  async next(): Promise<Buffer> {
    const at = this.begun ? 1 : 0;
    for (;;) {
      const length = this.bytes.length >= at + 4 ? at + this.bytes.readInt32BE(at) : Number.POSITIVE_INFINITY;
      if (this.bytes.length >= length) {
        const next = this.bytes.subarray(0, length);
        this.bytes = this.bytes.subarray(length);
        this.begun = true;
        if (at === 1 && next[0] === 0x70) this.seen.passwords.push(next);
        return next;
      }
      if (this.hasEnded) throw new Error('the client has gone');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  send(...parts: readonly Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts));
  }

  /** Sends the same bytes until the client has gone, as fast as it reads, or `mib` of them. */
  async flood(bytes: Buffer, mib = Number.POSITIVE_INFINITY): Promise<void> {
    const block = Buffer.concat(Array(Math.max(1, Math.ceil(65_536 / bytes.length))).fill(bytes));
    for (let sent = 0; sent < mib * 1024 * 1024 && !this.socket.destroyed; sent += block.length) {
      if (this.socket.write(block)) continue;
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          this.socket.off('drain', goOn).off('close', goOn);
          resolve();
        };
        this.socket.on('drain', goOn).on('close', goOn);
      });
    }
  }

  end(): void {
    this.socket.destroy();
  }

  /** Lets the client in without a question. */
  greet(): void {
    this.send(authentication(0), GREETING);
  }

  /**
   * Answers every statement with one row of one column, until one holds what is `attacked`: that one is answered by what `attack`
   * gives, or by nothing more where it gives nothing.
   */
  async serve(
    attack: (text: string) => Buffer | undefined | Promise<undefined>,
    attacked = 'attack',
  ): Promise<void> {
    let text = '';
    for (;;) {
      const next = await this.next();
      const tag = String.fromCharCode(next[0]!);
      if (tag === 'Q' || tag === 'P') text = next.subarray(5).toString();
      if (tag !== 'Q' && tag !== 'S') continue;
      if (text.includes(attacked)) {
        const answer = await attack(text);
        if (answer) this.send(answer);
      } else this.send(tag === 'Q' ? simpleAnswer(text) : EXTENDED_ANSWER);
    }
  }
}

const ROW = [rowDescription(['v']), dataRow(['{}']), commandComplete('SELECT 1')] as const;
const GREETING = Buffer.concat([
  parameterStatus('server_version', '18.0'),
  parameterStatus('client_encoding', 'UTF8'),
  parameterStatus('standard_conforming_strings', 'on'),
  backendKeyData,
  readyForQuery(),
]);
const EXTENDED_ANSWER = Buffer.concat([parseComplete, bindComplete, ...ROW, readyForQuery()]);

function simpleAnswer(text: string): Buffer {
  const statements = text.startsWith('show ') ? text.split(';').length : 1;
  return Buffer.concat([...Array(statements).fill(ROW).flat(), readyForQuery()]);
}

/** The true length in a message of the backend. */
export function relength(bytes: Buffer): Buffer {
  if (bytes.length < 5) return bytes;
  const mended = Buffer.from(bytes);
  mended.writeInt32BE(bytes.length - 1, 1);
  return mended;
}

/** Messages of the phases of a connection, to be mutated. */
export const HONEST = {
  handshake: [
    authentication(0),
    authentication(3),
    authentication(5, 'salt'),
    authentication(10, 'SCRAM-SHA-256\0\0'),
    authentication(11, 'r=abc,s=c2FsdA==,i=4096'),
    authentication(12, 'v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='),
    parameterStatus('TimeZone', 'UTC'),
    backendKeyData,
    message('N', 'SNOTICE\0C00000\0Mhello\0\0'),
    message('E', 'SFATAL\0C28000\0Mno\0\0'),
    readyForQuery(),
    message('v', Buffer.from('\0\0\0\0\0\0\0\0', 'latin1')),
  ],
  statement: [
    parseComplete,
    bindComplete,
    message('n'),
    message('I'),
    message('s'),
    message('3'),
    ...ROW,
    rowDescription(['a', 'b', 'c']),
    dataRow(['1', null, 'three']),
    message('N', 'SNOTICE\0C00000\0Mhello\0P12\0\0'),
    message('E', 'SERROR\0C42703\0Mno\0Ddetail\0P8\0\0'),
    message('A', Buffer.from('\0\0\0\x01channel\0payload\0', 'latin1')),
    message('G', Buffer.from([0, 0, 1, 0, 0])),
    message('H', Buffer.from([0, 0, 1, 0, 0])),
    message('d', 'a line\n'),
    message('c'),
    message('W', Buffer.from([0, 0, 0])),
    message('t', Buffer.from([0, 1, 0, 0, 0, 25])),
    readyForQuery('T'),
  ],
} as const;

/** A server on a free port of 127.0.0.1 that says what it likes. Cancels are closed without an answer unless `cancel` takes them. */
export async function roguePostgres(
  rogue: Rogue,
  options: RogueOptions = {},
  cancel: Rogue = async (peer) => peer.end(),
): Promise<RoguePostgres> {
  const sockets = new Set<Socket>();
  const passwords: Buffer[] = [];
  let connections = 0;
  const serve = async (socket: Socket): Promise<void> => {
    let peer = new RoguePeer(socket, { passwords });
    let first = await peer.next();
    if (first.readInt32BE(4) === SSL_REQUEST) {
      if (options.sslAnswer) return peer.send(options.sslAnswer);
      if (!options.tls) return peer.send(Buffer.from('N'));
      socket.removeAllListeners('data');
      peer.send(Buffer.from('S'));
      const { certificate: cert, key } = options.tls;
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext({ cert, key }),
      });
      sockets.add(secure);
      peer = new RoguePeer(secure, { passwords });
      first = await peer.next();
    }
    await (first.readInt32BE(4) === CANCEL_REQUEST ? cancel : rogue)(peer);
  };
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The client has gone, mostly.
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return connections;
    },
    passwords,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
