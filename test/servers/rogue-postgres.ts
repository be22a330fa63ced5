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
import { type Listening, listening, RogueSocket } from './rogue-socket.ts';

/** What a rogue server does with one connection. What it throws ends that connection. */
export type Rogue = (peer: RoguePeer) => Promise<unknown>;

export interface RogueOptions {
  /** Speaks TLS where the client asks for it. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Sent instead of an answer to SSLRequest. */
  readonly sslAnswer?: Buffer;
}

export interface RoguePostgres extends Listening {
  /** What clients sent as passwords, or as parts of SCRAM. */
  readonly passwords: readonly Buffer[];
}

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;

/** A connection as a rogue server has it: it reads what the client sends, message by message, and sends what it likes. */
export class RoguePeer extends RogueSocket {
  private begun = false;

  constructor(
    socket: Socket,
    private readonly seen: { readonly passwords: Buffer[] },
  ) {
    super(socket);
  }

  /** The next whole message; the first one has no tag. @throws Error when the client has gone */
  async next(): Promise<Buffer> {
    const at = this.begun ? 1 : 0;
    const next = await this.take((bytes) =>
      bytes.length >= at + 4 ? at + bytes.readInt32BE(at) : Number.POSITIVE_INFINITY,
    );
    this.begun = true;
    if (at === 1 && next[0] === 0x70) this.seen.passwords.push(next);
    return next;
  }

  /** Sends the same message until the client has gone, as fast as it reads, or `mib` of it. */
  override flood(message: Buffer, mib?: number): Promise<number> {
    return super.flood(
      Buffer.concat(Array(Math.max(1, Math.ceil(65_536 / message.length))).fill(message)),
      mib,
    );
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
  const passwords: Buffer[] = [];
  const serve = async (socket: Socket): Promise<void> => {
    let peer = new RoguePeer(socket, { passwords });
    let first = await peer.next();
    if (first.readInt32BE(4) === SSL_REQUEST) {
      if (options.sslAnswer) return peer.send(options.sslAnswer);
      if (!options.tls) return peer.send(Buffer.from('N'));
      peer.send(Buffer.from('S'));
      const { certificate: cert, key } = options.tls;
      const secure = new TLSSocket(peer.handOver(), {
        isServer: true,
        secureContext: createSecureContext({ cert, key }),
      });
      peer = new RoguePeer(secure, { passwords });
      first = await peer.next();
    }
    await (first.readInt32BE(4) === CANCEL_REQUEST ? cancel : rogue)(peer);
  };
  const server = await listening(createServer(), 'connection', serve);
  return Object.assign(server, { passwords });
}
