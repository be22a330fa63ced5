import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import {
  authSwitch,
  definition,
  eof,
  error,
  greeting,
  lenenc,
  moreData,
  ok,
  packet,
  result,
  row,
} from './mysql-messages.ts';
import { type Listening, listening, RogueSocket } from './rogue-socket.ts';

/** What a rogue server does with one connection. What it throws ends that connection. */
export type Rogue = (peer: RogueMysqlPeer) => Promise<void>;

export interface RogueMysqlOptions {
  /** Speaks TLS where the client asks for it. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface RogueMysql extends Listening {
  /** All that clients sent, less statements, since the start or since `forget`. */
  readonly signIns: readonly Buffer[];
  /** Drops what clients sent: a server of many thousand clients would hold it all. */
  forget(): void;
}

/** Its number, and what it holds. */
interface Received {
  readonly number: number;
  readonly payload: Buffer;
}

const COM_QUIT = 1;
const COM_QUERY = 3;
const SSL_REQUEST_BYTES = 32;

/** A connection as a rogue server has it: it reads what the client sends, packet by packet, and sends what it likes. */
export class RogueMysqlPeer {
  /** Number of the packet that an honest server would send next. */
  number = 0;
  private stream: RogueSocket;

  constructor(
    socket: Socket,
    private readonly seen: { readonly signIns: Buffer[] },
    readonly options: RogueMysqlOptions,
  ) {
    this.stream = new RogueSocket(socket);
  }

  /** The next whole packet. @throws Error when the client has gone */
  async next(): Promise<Received> {
    const bytes = await this.stream.take((come) =>
      come.length >= 4 ? 4 + come.readUIntLE(0, 3) : Number.POSITIVE_INFINITY,
    );
    const received = { number: bytes[3]!, payload: bytes.subarray(4) };
    this.number = (received.number + 1) & 0xff;
    if (received.payload[0] !== COM_QUERY || received.number > 0) this.seen.signIns.push(received.payload);
    return received;
  }

  /** Sends bytes as they are. */
  raw(...parts: readonly Buffer[]): void {
    this.stream.send(...parts);
  }

  /** Sends payloads as packets with the numbers that follow. */
  send(...payloads: readonly (Buffer | readonly number[])[]): void {
    this.raw(...payloads.map((payload) => packet(this.number++, payload)));
  }

  /** Sends the same bytes until the client has gone, as fast as it reads, or `mib` of them. Returns how many were sent. */
  flood(block: Buffer, mib?: number): Promise<number> {
    return this.stream.flood(block, mib);
  }

  end(): void {
    this.stream.end();
  }

  /** Greets, puts TLS on where it is asked for, and reads the first answer. */
  async greet(plugin?: string): Promise<Received> {
    const { tls } = this.options;
    this.number = 0;
    this.send(greeting(plugin, tls !== undefined));
    const first = await this.next();
    if (!tls || first.payload.length !== SSL_REQUEST_BYTES) return first;
    // What came along with the request is the first of TLS.
    const secure = new TLSSocket(this.stream.handOver(), {
      isServer: true,
      secureContext: createSecureContext({ cert: tls.certificate, key: tls.key }),
    });
    this.stream = new RogueSocket(secure);
    return this.next();
  }

  /** Lets the client in without a question. */
  async signIn(): Promise<void> {
    await this.greet();
    this.send(ok);
  }

  /**
   * Answers every statement as an honest server would one of Querytape's own, until one holds `attack`: that one is answered by what
   * `attack` does.
   */
  async serve(attack: (statement: string) => void | Promise<void>): Promise<void> {
    for (;;) {
      const { payload } = await this.next();
      if (payload[0] === COM_QUIT) return this.end();
      const statement = payload.subarray(1).toString();
      if (statement.includes('attack')) await attack(statement);
      else this.send(...honestAnswer(statement));
    }
  }
}

/** What an honest server says to what a connection asks by itself; nothing to anything else. */
export function honestAnswer(statement: string): readonly Buffer[] {
  if (/CONNECTION_ID\(\),/.test(statement)) return IDENTITY;
  if (/^SELECT DATABASE\(\)/.test(statement)) return STATE;
  if (/^SELECT @@SESSION\.sql_mode/.test(statement)) return LEXING;
  if (/^SELECT CURRENT_USER\(\)/.test(statement)) return ROLE;
  if (/^SHOW GRANTS/.test(statement)) return result(['g'], [['GRANT SELECT ON *.* TO `u`@`%`']]);
  return [ok];
}

const IDENTITY = result(
  ['a', 'b', 'c', 'd', 'e', 'f'],
  [['7', '1', 'rogue:1', '9.9.9', '2026-01-01T00:00:00.000000Z', '1073741824']],
);
const STATE = result(['a', 'b', 'c', 'd'], [[null, 'u@%', 'utf8mb4_general_ci', 'NONE']]);
const LEXING = result(['a', 'b', 'c'], [['', 'utf8mb4', 'utf8mb4']]);
const ROLE = result(['a', 'b', 'c', 'd'], [['u@%', '0', '', '9.9.9']]);

/** The true length in a packet. */
export function relengthMysql(bytes: Buffer): Buffer {
  if (bytes.length < 4) return bytes;
  const mended = Buffer.from(bytes);
  mended.writeUIntLE((bytes.length - 4) & 0xff_ffff, 0, 3);
  return mended;
}

/** Payloads of the phases of a connection, to be mutated. */
export const HONEST_MYSQL = {
  greeting: [greeting(), greeting('caching_sha2_password'), greeting('client_ed25519'), error(1040, 'full')],
  signIn: [
    ok,
    error(1045, 'no'),
    authSwitch('mysql_native_password'),
    authSwitch('caching_sha2_password'),
    authSwitch('sha256_password'),
    authSwitch('client_ed25519', 'c'.repeat(32)),
    authSwitch('mysql_clear_password', ''),
    authSwitch('dialog'),
    Buffer.from([0xfe]),
    moreData([3]),
    moreData([4]),
    moreData(Buffer.from('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n')),
    Buffer.from('\x02mysql_native_password\0cccccccccccccccccccc\0', 'latin1'),
  ],
  statement: [
    ok,
    eof,
    error(1064, 'no'),
    lenenc(3),
    lenenc(4000),
    definition('a'),
    row(['1', null, 'three']),
    row(['x'.repeat(300)]),
    Buffer.from('\xfb/etc/passwd', 'latin1'),
    // With a change of the session: sql_mode becomes ANSI.
    Buffer.from('\0\0\0\x02\x40\0\0\0\x0f\0\x0d\x08sql_mode\x04ANSI', 'latin1'),
    // More results follow.
    Buffer.from([0, 0, 0, 10, 0, 0, 0]),
  ],
} as const;

/** A server on a free port of 127.0.0.1 that says what it likes. */
export async function rogueMysql(rogue: Rogue, options: RogueMysqlOptions = {}): Promise<RogueMysql> {
  const signIns: Buffer[] = [];
  const server = await listening(createServer(), 'connection', (socket) =>
    rogue(new RogueMysqlPeer(socket, { signIns }, options)),
  );
  const forget = (): void => {
    signIns.length = 0;
  };
  return Object.assign(server, { signIns, forget });
}
