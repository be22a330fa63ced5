import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { BSON } from 'mongodb';
import { MessageReader, type Request } from './mongo-double/messages.ts';
import { type Listening, listening, RogueSocket } from './rogue-socket.ts';

/** What a rogue server does with one connection. What it throws ends that connection. */
export type RogueMongo = (peer: RogueMongoPeer) => Promise<void>;

export interface RogueMongoOptions {
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface RogueMongodb extends Listening {
  /** All that clients sent. */
  readonly received: readonly Buffer[];
  /** Drops what clients sent: a server of many thousand clients would hold it all. */
  forget(): void;
}

export const OP_REPLY = 1;
export const OP_COMPRESSED = 2012;
export const OP_MSG = 2013;

/** A message's parts, each of which may lie. */
export interface MessageParts {
  readonly length?: number;
  readonly responseTo?: number;
  readonly opcode?: number;
  readonly flags?: number;
  readonly kind?: number;
  /** What follows the kind of the section. */
  readonly body: Buffer;
}

/** An OP_MSG, honest where nothing else is said (MongoDB manual, "MongoDB Wire Protocol"). */
export function opMsg({
  length,
  responseTo = 0,
  opcode = OP_MSG,
  flags = 0,
  kind = 0,
  body,
}: MessageParts): Buffer {
  const head = Buffer.alloc(21);
  head.writeInt32LE(length ?? head.length + body.length, 0);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(opcode, 12);
  head.writeUInt32LE(flags, 16);
  head[20] = kind;
  return Buffer.concat([head, body]);
}

/** An OP_REPLY of documents. */
export function opReply(responseTo: number, body: Buffer, count = 1): Buffer {
  const head = Buffer.alloc(36);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(OP_REPLY, 12);
  head.writeInt32LE(count, 32);
  return Buffer.concat([head, body]);
}

/** A document's bytes. */
export function document(value: object): Buffer {
  return Buffer.from(BSON.serialize(value));
}

/** What an honest server without users says in the handshake. */
export const HELLO = {
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 21,
  connectionId: 1,
  logicalSessionTimeoutMinutes: 30,
  ok: 1,
} as const;

/** A connection as a rogue server has it. */
export class RogueMongoPeer extends RogueSocket {
  private readonly reader = new MessageReader();
  private readonly requests: Request[] = [];

  constructor(
    socket: Socket,
    private readonly received: Buffer[],
  ) {
    super(socket);
  }

  /** The next request. @throws Error when the client has gone */
  async next(): Promise<Request> {
    for (;;) {
      const request = this.requests.shift();
      if (request) return request;
      const bytes = await this.take((come) =>
        come.length >= 4 ? come.readInt32LE(0) : Number.POSITIVE_INFINITY,
      );
      this.received.push(bytes);
      this.requests.push(...this.reader.take(bytes));
    }
  }

  /** Answers honestly. */
  reply({ id, isQuery }: Request, value: object): void {
    const body = document(value);
    this.send(isQuery ? opReply(id, body) : opMsg({ responseTo: id, body }));
  }

  /** Answers everything honestly, until a request that `attack` takes: true says that it did. */
  async serve(attack: (request: Request, command: string) => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      const request = await this.next();
      const command = `${[...request.command.keys()][0]}`;
      if (!(await attack(request, command)) && !request.isSilent) this.reply(request, answer(command));
    }
  }
}

/** What an honest server without users answers to what a connection asks by itself. */
function answer(command: string): object {
  switch (command) {
    case 'hello':
    case 'ismaster':
    case 'isMaster':
      return HELLO;
    case 'buildInfo':
      return { version: '8.0.0', ok: 1 };
    case 'aggregate':
    case 'find':
      return { cursor: { firstBatch: [], id: BSON.Long.ZERO, ns: 'd.c' }, ok: 1 };
    default:
      return { ok: 1 };
  }
}

/** The true length in a message. */
export function relengthMongo(bytes: Buffer): Buffer {
  if (bytes.length < 4) return bytes;
  const mended = Buffer.from(bytes);
  mended.writeInt32LE(bytes.length, 0);
  return mended;
}

/** Answers of the phases of a connection, to be mutated. */
export const HONEST_MONGODB = {
  hello: [
    HELLO,
    { ...HELLO, setName: 'rs0', hosts: ['a:1', 'b:2'], me: 'a:1', primary: 'a:1', setVersion: 1 },
    {
      ...HELLO,
      msg: 'isdbgrid',
      topologyVersion: { processId: new BSON.ObjectId(), counter: BSON.Long.ONE },
    },
    {
      ...HELLO,
      saslSupportedMechs: ['SCRAM-SHA-256'],
      speculativeAuthenticate: saslReply('r=x,s=c2FsdA==,i=4096'),
    },
    { ok: 0, errmsg: 'no', code: 18, codeName: 'AuthenticationFailed' },
  ],
  statement: [
    {
      cursor: {
        firstBatch: [
          { _id: 1, a: 'x' },
          { _id: 2, b: [1, { c: null }] },
        ],
        id: BSON.Long.ZERO,
        ns: 'd.c',
      },
      ok: 1,
    },
    { cursor: { firstBatch: [{ _id: 1 }], id: BSON.Long.fromNumber(77), ns: 'd.c' }, ok: 1 },
    { n: 1, writeErrors: [{ index: 0, code: 11000, errmsg: 'duplicate', errInfo: { a: 1 } }], ok: 1 },
    { n: 1, writeConcernError: { code: 64, errmsg: 'late' }, ok: 1 },
    { ok: 0, errmsg: 'no', code: 59, codeName: 'CommandNotFound' },
    { ok: 1, $clusterTime: { clusterTime: new BSON.Timestamp({ t: 1, i: 1 }), signature: { keyId: 0 } } },
    {
      ok: 1,
      r: /a/i,
      d: new Date(0),
      b: new BSON.Binary(Buffer.from('ab')),
      c: new BSON.Code('x', { y: 1 }),
      m: new BSON.MinKey(),
    },
  ],
} as const;

export function saslReply(payload: string): object {
  return { conversationId: 1, done: false, payload: new BSON.Binary(Buffer.from(payload)), ok: 1 };
}

/** A server on a free port of 127.0.0.1 that says what it likes. */
export async function rogueMongodb(
  rogue: RogueMongo,
  { tls }: RogueMongoOptions = {},
): Promise<RogueMongodb> {
  const received: Buffer[] = [];
  const plain = tls ? createTlsServer({ cert: tls.certificate, key: tls.key }) : createServer();
  plain.on('tlsClientError', () => {});
  const server = await listening(plain, tls ? 'secureConnection' : 'connection', (socket) =>
    rogue(new RogueMongoPeer(socket, received)),
  );
  const forget = (): void => {
    received.length = 0;
  };
  return Object.assign(server, { received, forget });
}
