import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ports } from '../../src/actors/ports.ts';
import { ProfileTests } from '../../src/actors/profile-test.ts';
import { Resources } from '../../src/actors/resources.ts';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import type { MongoTimes } from '../../src/drivers/mongodb/times.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target } from '../../src/events/profile.ts';
import { Secret } from '../../src/events/secret.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import type { Request } from '../servers/mongo-double/messages.ts';
import { mutate, type Random, seeded } from '../servers/mutate.ts';
import {
  document,
  HELLO,
  HONEST_MONGODB,
  type MessageParts,
  OP_COMPRESSED,
  opMsg,
  opReply,
  type RogueMongo,
  type RogueMongodb,
  type RogueMongoOptions,
  type RogueMongoPeer,
  relengthMongo,
  rogueMongodb,
  saslReply,
} from '../servers/rogue-mongodb.ts';
import { NO_TEST_TUNNELS } from '../unit/actors/no-config.ts';
import { type Attack, sendMutants } from './mutants.ts';
import { failureOfConnecting, HASTY_TIMES, RogueServers, SHORT_TIMES, violated } from './rogue-servers.ts';
import { CancelLog, Collector, until } from './running.ts';

const PASSWORD = 'a password of this test alone';
const MIB = 1024 * 1024;
/** Mutants of each phase; `npm run soak` sends 100 000. */
const MUTANTS = Number(process.env.QUERYTAPE_MUTANTS ?? 150);

const servers = new RogueServers<RogueMongodb>(PASSWORD);
const { lost } = servers;

const rogue = (does: RogueMongo, options: RogueMongoOptions = {}): Promise<RogueMongodb> =>
  servers.serve(rogueMongodb(does, options));

function targetOf({ port }: RogueMongodb, over: Partial<Target> = {}): Target {
  return {
    engine: 'mongodb',
    host: '127.0.0.1',
    port,
    database: 'd',
    user: '',
    tls: { mode: 'disable' },
    ...over,
  };
}

const connect = (
  server: RogueMongodb,
  over: Partial<Target> = {},
  times: Partial<MongoTimes> = SHORT_TIMES,
): Promise<Connection> => servers.connect(mongodbDriver(times), targetOf(server, over));

const failureOf = (server: RogueMongodb, over: Partial<Target> = {}): Promise<FailureText> =>
  failureOfConnecting(connect(server, over));

const VIOLATED = violated('MongoDB');

/** The driver looks with a socket of its own first, whose hello is an OP_MSG without the client's name. */
const isFirstContact = ({ command }: Request): boolean => command.has('hello') && !command.has('client');
const isHello = (command: string): boolean => /^(?:hello|ismaster)$/i.test(command);

const DEEP = ((): Buffer => {
  let deep = document({});
  for (let level = 0; level < 2000; level++) {
    const outer = Buffer.concat([Buffer.alloc(4), Buffer.from('\x03a\0', 'latin1'), deep, Buffer.from([0])]);
    outer.writeInt32LE(outer.length, 0);
    deep = outer;
  }
  return deep;
})();

/** The honest body of an answer, with a value in it changed. */
const OK = document({ ok: 1 });

/** Messages that no reply may be, as parts that are put around the request's id. */
const WRONG: readonly (readonly [string, (id: number) => Buffer])[] = [
  ...[0, 5, 15, 16, 20, -1, 0x7fffffff, 48_000_001].map(
    (length) => [`of length ${length}`, (id: number) => opMsg({ responseTo: id, body: OK, length })] as const,
  ),
  ...(
    [
      ['to another request', { responseTo: 12345, body: OK }],
      ['of OP_QUERY', { opcode: 2004, body: OK }],
      ['of the kind of a sequence', { kind: 1, body: OK }],
      ['of no known kind', { kind: 9, body: OK }],
      ['with more to come', { flags: 2, body: OK }],
      ['with a checksum', { flags: 1, body: Buffer.concat([OK, Buffer.alloc(4)]) }],
      ['with a second body', { body: Buffer.concat([OK, Buffer.from([0]), OK]) }],
      [
        'with a document that is longer than it',
        { body: Buffer.concat([Buffer.from([200, 0, 0, 0]), OK.subarray(4)]) },
      ],
      ['with a document of negative length', { body: Buffer.from([255, 255, 255, 255, 0]) }],
      [
        'with a string that is longer than it',
        { body: Buffer.from('\x0f\0\0\0\x02a\0\xff\0\0\0b\0\0\0', 'latin1') },
      ],
      ['with a type that BSON does not have', { body: Buffer.from('\x0c\0\0\0\x66a\0\0\0\0\0\0', 'latin1') }],
      ['with a name without an end', { body: Buffer.from('\x0a\0\0\0\x10aaaa\x01', 'latin1') }],
      ['with documents in 2000 levels', { body: DEEP }],
    ] as readonly (readonly [string, MessageParts])[]
  ).map(([what, parts]) => [what, (id: number) => opMsg({ responseTo: id, ...parts })] as const),
  [
    'that is compressed',
    (id: number) => {
      const bomb = deflateSync(Buffer.alloc(10 * MIB));
      const head = Buffer.alloc(25);
      head.writeInt32LE(25 + bomb.length, 0);
      head.writeInt32LE(id, 8);
      head.writeInt32LE(OP_COMPRESSED, 12);
      head.writeInt32LE(2013, 16);
      head.writeInt32LE(10 * MIB, 20);
      head[24] = 2;
      return Buffer.concat([head, bomb]);
    },
  ],
];

describe('a MongoDB that lies in the handshake', () => {
  it.each(WRONG)(
    'a hostile server: a hello %s ends the connection with protocol.violated',
    async (_what, bytes) => {
      const server = await rogue((peer) =>
        peer.serve((request, command) => {
          if (!isHello(command) || isFirstContact(request)) return false;
          peer.send(bytes(request.id));
          return true;
        }),
      );
      expect(await failureOf(server)).toMatchObject(VIOLATED);
    },
  );

  it.each([0, 2, 0x7fffffff])(
    'a hostile server: an OP_REPLY of %i documents ends the connection',
    async (count) => {
      const server = await rogue((peer) =>
        peer.serve((request) => {
          if (!request.isQuery) return false;
          peer.send(opReply(request.id, document(HELLO), count));
          return true;
        }),
      );
      expect(await failureOf(server)).toMatchObject(VIOLATED);
    },
  );

  it('a hostile server: a hello of more than 64 KiB is not waited for', async () => {
    const server = await rogue((peer) =>
      peer.serve((request) => {
        if (!request.isQuery) return false;
        peer.send(opReply(request.id, document({ ...HELLO, more: 'x'.repeat(70_000) })).subarray(0, 1000));
        return true;
      }),
    );
    expect(await failureOf(server)).toMatchObject(VIOLATED);
  });

  it('a hostile server: bytes without end in the place of a hello end the connection', async () => {
    const server = await rogue((peer) =>
      peer.serve(async (request) => {
        if (!request.isQuery) return false;
        await peer.flood(Buffer.alloc(MIB, 65));
        return true;
      }),
    );
    expect(await failureOf(server)).toMatchObject(VIOLATED);
  });

  it('a hostile server: lies over TLS end the connection too', async () => {
    const certificates = await makeCertificates('x');
    const server = await rogue(
      (peer) =>
        peer.serve((request) => {
          if (!request.isQuery) return false;
          peer.send(opMsg({ length: 0, responseTo: request.id, body: OK }));
          return true;
        }),
      { tls: certificates.server },
    );
    expect(await failureOf(server, { tls: { mode: 'require' } })).toMatchObject(VIOLATED);
    await certificates.remove();
  });
});

it('a MongoDB that closes the connection at once is not said to want what it was given', async () => {
  const certificates = await makeCertificates('x');
  const plain = await rogue(async (peer) => peer.end());
  const encrypted = await rogue(async (peer) => peer.end(), { tls: certificates.server });
  for (const [server, mode, words] of [
    [plain, 'disable', /It may take only encrypted connections/],
    [encrypted, 'require', /closed the encrypted connection .* It may want a client certificate/],
  ] as const)
    expect(await failureOf(server, { tls: { mode } })).toMatchObject({
      code: 'connection.closed',
      message: expect.stringMatching(words),
    });
  await certificates.remove();
});

describe('a MongoDB that lies in the sign-in', () => {
  /** Starts SCRAM, whose first answer is what `first` makes of the client's nonce. */
  const scram = (first: (nonce: string) => string, last?: string) =>
    rogue((peer) =>
      peer.serve((request, command) => {
        const start =
          request.command.get('speculativeAuthenticate') ??
          (command === 'saslStart' ? request.command : null);
        if (start instanceof Map) {
          const payload = (start.get('payload') as { buffer: Buffer }).buffer;
          const nonce = /,r=([^,]+)/.exec(Buffer.from(payload).toString())![1]!;
          const said = saslReply(first(nonce));
          peer.reply(request, command === 'saslStart' ? said : { ...HELLO, speculativeAuthenticate: said });
          return true;
        }
        if (command !== 'saslContinue') return false;
        peer.reply(request, last === undefined ? { ok: 1 } : { ...saslReply(last), done: true });
        return true;
      }),
    );
  const SALT = 's=c2FsdHNhbHRzYWx0c2FsdA==';

  it.each([
    ['1 iteration', (nonce: string) => `r=${nonce}x,${SALT},i=1`],
    ['4095 iterations', (nonce: string) => `r=${nonce}x,${SALT},i=4095`],
    ['a billion iterations', (nonce: string) => `r=${nonce}x,${SALT},i=1000000000`],
    ['-1 iterations', (nonce: string) => `r=${nonce}x,${SALT},i=-1`],
    ['no iterations', (nonce: string) => `r=${nonce}x,${SALT}`],
    ['no salt', (nonce: string) => `r=${nonce}x,i=15000`],
    ['a nonce of its own', () => `r=abcdefgh,${SALT},i=15000`],
    ['the nonce of the client alone', (nonce: string) => `r=${nonce},${SALT},i=15000`],
    ['nothing', () => ''],
  ])('a hostile server: SCRAM with %s gets no proof of the password', async (_what, first) => {
    const server = await scram(first);
    expect(await failureOf(server, { user: 'u' })).toMatchObject(VIOLATED);
    expect(server.received.some((bytes) => bytes.includes('p='))).toBe(false);
  });

  it.each([
    ['no proof', undefined],
    ['the proof of another password', `v=${Buffer.alloc(32).toString('base64')}`],
    ['a word for a proof', 'e=other-error'],
  ])('a hostile server: %s of its own does not sign in', async (_what, last) => {
    const server = await scram((nonce) => `r=${nonce}x,${SALT},i=15000`, last);
    await failureOf(server, { user: 'u' });
  });

  it('a hostile server: PLAIN is sent neither without TLS nor where TLS proves nothing', async () => {
    for (const tls of [{ mode: 'disable' }, { mode: 'require' }] as const) {
      const server = await rogue((peer) => peer.serve(() => false));
      const failure = await failureOf(server, { user: 'u', tls, mongo: { authMechanism: 'PLAIN' } });
      expect(failure).toMatchObject({
        code: 'auth.cleartext',
        advice: expect.stringContaining('Verify CA and name'),
      });
      expect(server.received).toEqual([]);
    }
  });
});

describe('a MongoDB that lies in its answers', () => {
  const attacked = async (attack: (peer: RogueMongoPeer, request: Request) => void | Promise<void>) => {
    const server = await rogue((peer) =>
      peer.serve(async (request, command) => {
        if (command !== 'find') return false;
        await attack(peer, request);
        return true;
      }),
    );
    const connection = await connect(server);
    const sink = new Collector({ keep: false });
    return { connection, execution: connection.execute('db.c.find()', sink), sink };
  };

  it.each(WRONG)('a hostile server: an answer %s ends that connection', async (_what, bytes) => {
    const { execution } = await attacked((peer, { id }) => peer.send(bytes(id)));
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', failure: VIOLATED });
    await until('the loss is reported', () => lost.length === 1);
    expect(lost).toMatchObject([VIOLATED]);
  });

  it('a hostile server: an OP_REPLY to an OP_MSG ends that connection', async () => {
    const { execution } = await attacked((peer, { id }) => peer.send(opReply(id, OK)));
    expect(await execution.ended).toMatchObject({ type: 'lost', failure: VIOLATED });
  });

  it('a hostile server: an answer of 2 GiB is not waited for', async () => {
    const { execution } = await attacked(async (peer, { id }) => {
      peer.send(opMsg({ responseTo: id, body: Buffer.alloc(0), length: 0x7fffffff }));
      await peer.flood(Buffer.alloc(MIB));
    });
    expect(await execution.ended).toMatchObject({ type: 'lost', failure: VIOLATED });
  });

  it('a hostile server: an error of 5 MiB ends that connection', async () => {
    const { execution } = await attacked((peer, request) =>
      peer.reply(request, { ok: 0, errmsg: 'x'.repeat(5 * MIB), code: 1 }),
    );
    expect(await execution.ended).toMatchObject({ type: 'lost', failure: VIOLATED });
  });

  it('a hostile server: a message that nothing asked for ends that connection', async () => {
    const peers: RogueMongoPeer[] = [];
    const server = await rogue(async (peer) => {
      peers.push(peer);
      await peer.serve(() => false);
    });
    await connect(server);
    for (const peer of peers) peer.send(opMsg({ responseTo: 1, body: OK }));
    await until('the loss is reported', () => lost.length === 1);
    expect(lost).toMatchObject([{ code: 'protocol.violated' }]);
  });

  it('a hostile server: long answers to what Querytape asks by itself are not read', async () => {
    const server = await rogue((peer) =>
      peer.serve((request, command) => {
        if (command !== 'buildInfo') return false;
        peer.reply(request, { version: '8.0.0', more: 'x'.repeat(2 * MIB), ok: 1 });
        return true;
      }),
    );
    expect(await failureOf(server)).toMatchObject(VIOLATED);
  });

  it('takes what honest servers send: a long answer, and one in pieces', async () => {
    const text = 'x'.repeat(5 * MIB);
    const { execution, sink } = await attacked(async (peer, { id }) => {
      const firstBatch = [1, 2, 3].map((n) => ({ _id: n, text }));
      const bytes = opMsg({
        responseTo: id,
        body: document({ cursor: { firstBatch, id: 0n, ns: 'd.c' }, ok: 1 }),
      });
      for (let at = 0; at < bytes.length; at += at < 100 ? 7 : 100_001) {
        peer.send(bytes.subarray(at, at + (at < 100 ? 7 : 100_001)));
        if (at < 100) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    expect(await execution.ended).toMatchObject({ type: 'completed' });
    expect(sink.count).toBe(3);
  });
});

describe('a test of a profile', () => {
  const reach = (server: RogueMongodb) => {
    const ports = {
      tape: { append: () => 1, durable: async () => undefined },
      driver: async () => mongodbDriver(),
      newId: () => 't',
    } as unknown as Ports;
    return new ProfileTests(ports, () => 1, new Resources(), NO_TEST_TUNNELS).run({
      profile: {
        profileId: 'p',
        name: 'p',
        target: targetOf(server),
        environment: 'production',
        readOnly: true,
      },
      secrets: new Map([['password', new Secret(PASSWORD)]]),
    });
  };

  it('a hostile server: one that sends a message of length 0 is a failure of the test, in words', async () => {
    const server = await rogue((peer) =>
      peer.serve((request) => {
        if (!request.isQuery) return false;
        peer.send(opMsg({ length: 0, responseTo: request.id, body: OK }));
        return true;
      }),
    );
    await expect(reach(server)).rejects.toMatchObject({ code: 'protocol.violated' });
  });
});

describe('mutated messages', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates('x');
  });
  afterAll(() => certificates?.remove());
  const pick = <T>(some: readonly T[], random: Random): T => some[random(some.length)]!;
  const sendsAll = (openLane: () => Promise<Attack>): Promise<void> => sendMutants(MUTANTS, openLane);
  const close = (connection: Connection): void => servers.end(connection);

  /** An answer that is wrong: in its document, or anywhere. */
  function mutant({ id, isQuery }: Request, kinds: readonly object[], random: Random): Buffer {
    const honest = document(pick(kinds, random));
    const body = random(2) === 0 ? mutate(honest, random) : honest;
    const bytes = isQuery ? opReply(id, body) : opMsg({ responseTo: id, body });
    return body === honest ? mutate(bytes, random, relengthMongo) : bytes;
  }

  it.each([false, true])(
    `a hostile server: ${MUTANTS} mutated messages of the handshake end connections, and nothing else (TLS: %s)`,
    (isEncrypted) =>
      sendsAll(async () => {
        let random = seeded(0);
        const server = await rogue(
          (peer) =>
            peer.serve((request, command) => {
              if (!isHello(command) || isFirstContact(request) || random(4) === 0) return false;
              peer.send(mutant(request, HONEST_MONGODB.hello, random));
              setTimeout(() => peer.end(), 5);
              return true;
            }),
          isEncrypted ? { tls: certificates.server } : {},
        );
        return async (one) => {
          random = one;
          await connect(server, {
            tls: { mode: isEncrypted ? 'require' : 'disable' },
            user: pick(['', 'u'], one),
          }).then(close, (thrown: unknown) => expect(thrown).toBeInstanceOf(DriverError));
          server.forget();
        };
      }),
  );

  it(`a hostile server: ${MUTANTS} mutated answers to statements end statements, and nothing else`, () =>
    sendsAll(async () => {
      let random = seeded(0);
      const server = await rogue((peer) =>
        peer.serve((request, command) => {
          if (command !== 'find' && command !== 'insert' && command !== 'getMore') return false;
          peer.send(mutant(request, HONEST_MONGODB.statement, random));
          setTimeout(() => peer.end(), 10);
          return true;
        }),
      );
      return async (one) => {
        random = one;
        const connection = await connect(server);
        const text = pick(['db.c.find()', 'db.c.insertOne({a: 1})'], one);
        await connection.execute(text, new Collector({ keep: false })).ended;
        close(connection);
        server.forget();
      };
    }));

  it(`a hostile server: ${MUTANTS} mutated answers to a cancel’s channel end that one, and nothing else`, () =>
    sendsAll(async () => {
      let random = seeded(0);
      const server = await rogue((peer) =>
        peer.serve((request, command) => {
          const client = JSON.stringify(request.command.get('client') ?? '', (_key, value) =>
            value instanceof Map ? Object.fromEntries(value) : value,
          );
          if (command === 'find') return true;
          if (!/cancel/.test(client) && command !== 'killOp') return false;
          peer.send(mutant(request, [...HONEST_MONGODB.hello, ...HONEST_MONGODB.statement], random));
          setTimeout(() => peer.end(), 5);
          return true;
        }),
      );
      return async (one) => {
        random = one;
        const connection = await connect(server, {}, HASTY_TIMES);
        const execution = connection.execute('db.c.find()', new Collector({ keep: false }));
        execution.cancel(new CancelLog());
        await execution.ended;
        close(connection);
        server.forget();
      };
    }));
});
