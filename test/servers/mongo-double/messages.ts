import { type Doc, decode, encode } from './bson.ts';

/** Opcodes (MongoDB manual, "MongoDB Wire Protocol"). */
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const MORE_TO_COME = 2;

/** A command as it came. */
export interface Request {
  readonly id: number;
  readonly isQuery: boolean;
  /** The sender waits for no reply. */
  readonly isSilent: boolean;
  readonly database: string;
  readonly command: Doc;
  /** The documents of arrays that were sent beside the body or in it, as their bytes. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
}

/** Cuts a stream of bytes into messages, however they arrive. */
export class MessageReader {
  private held: Buffer = Buffer.alloc(0);

  /** @throws Error for what no server reads on from, such as a TLS handshake, which begins with 22 and 3 */
  *take(bytes: Buffer): Iterable<Request> {
    if (this.held.length === 0 && bytes[0] === 22 && bytes[1] === 3)
      throw new Error('TLS is not spoken here');
    this.held = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    while (this.held.length >= 4 && this.held.length >= this.held.readInt32LE(0)) {
      const length = this.held.readInt32LE(0);
      const message = this.held.subarray(0, length);
      this.held = this.held.subarray(length);
      yield read(message);
    }
  }
}

function read(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_QUERY) {
    const name = message.indexOf(0, 20);
    const database = message.toString('utf8', 20, name).split('.')[0]!;
    return {
      id,
      isQuery: true,
      isSilent: false,
      database,
      command: decode(message, name + 9),
      sequences: new Map(),
    };
  }
  if (opcode !== OP_MSG) throw new Error(`opcode ${opcode} is not understood`);
  const flags = message.readUInt32LE(16);
  const sequences = new Map<string, Buffer[]>();
  let command: Doc = new Map();
  let at = 20;
  while (at < message.length) {
    const kind = message[at++];
    const size = message.readInt32LE(at);
    if (kind === 0) command = decode(message, at);
    else {
      const name = message.indexOf(0, at + 4);
      const documents: Buffer[] = [];
      for (let from = name + 1; from < at + size; from += message.readInt32LE(from))
        documents.push(message.subarray(from, from + message.readInt32LE(from)));
      sequences.set(message.toString('utf8', at + 4, name), documents);
    }
    at += size;
  }
  const isSilent = (flags & MORE_TO_COME) !== 0;
  return { id, isQuery: false, isSilent, database: `${command.get('$db') ?? 'admin'}`, command, sequences };
}

let nextId = 1;

/** A reply's bytes. */
export function replyTo(request: Request, reply: object): Buffer {
  const body = encode(reply);
  const head = Buffer.alloc(request.isQuery ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(nextId++ & 0x7fffffff, 4);
  head.writeInt32LE(request.id, 8);
  head.writeInt32LE(request.isQuery ? OP_REPLY : OP_MSG, 12);
  if (request.isQuery) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}
