import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ports } from '../../src/actors/ports.ts';
import { ProfileTests } from '../../src/actors/profile-test.ts';
import { Resources } from '../../src/actors/resources.ts';
import type { CancelTimes } from '../../src/drivers/cancel-loop.ts';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target, Tls } from '../../src/events/profile.ts';
import { Secret } from '../../src/events/secret.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { mutate } from '../servers/mutate.ts';
import {
  authentication,
  bindComplete,
  commandComplete,
  dataRow,
  failure,
  int16,
  int32,
  message,
  parameterStatus,
  parseComplete,
  readyForQuery,
  rowDescription,
} from '../servers/postgres-messages.ts';
import {
  HONEST,
  type Rogue,
  type RogueOptions,
  type RoguePeer,
  type RoguePostgres,
  relength,
  roguePostgres,
} from '../servers/rogue-postgres.ts';
import { NO_TEST_TUNNELS } from '../unit/actors/no-config.ts';
import { type Attack, sendMutants } from './mutants.ts';
import { failureOfConnecting, HASTY_TIMES, RogueServers } from './rogue-servers.ts';
import { CancelLog, Collector, run, until } from './running.ts';

const MIB = 1024 * 1024;
const PASSWORD = 'hunter2';
/** Mutants of each phase; `npm run soak` sends 100 000. */
const MUTANTS = Number(process.env.QUERYTAPE_MUTANTS ?? 400);

const servers = new RogueServers<RoguePostgres>(PASSWORD);
const { lost } = servers;
let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates('reader');
});
afterAll(() => certificates?.remove());

const serve = (rogue: Rogue, options: RogueOptions = {}, cancel?: Rogue): Promise<RoguePostgres> =>
  servers.serve(roguePostgres(rogue, options, cancel));

function targetOf({ port }: RoguePostgres, tls: Tls = { mode: 'disable' }): Target {
  const host = tls.mode === 'disable' ? '127.0.0.1' : 'localhost';
  return { engine: 'postgres', host, port, database: 'd', user: 'u', tls };
}

const TIMES = { askMs: 500, terminateMs: 300, channelMs: 500 };

function connect(
  server: RoguePostgres,
  tls?: Tls,
  signal?: AbortSignal,
  times: Partial<CancelTimes> = TIMES,
): Promise<Connection> {
  return servers.connect(postgresDriver(times), targetOf(server, tls), signal ? { signal } : {});
}

/** Why no connection came of it. */
const refusal = (server: RoguePostgres, tls?: Tls): Promise<FailureText> =>
  failureOfConnecting(connect(server, tls));

/** A server that lets every client in, and answers a statement that holds `attack` with this. */
const answering =
  (answer: Buffer): Rogue =>
  async (peer) => {
    peer.greet();
    await peer.serve(() => answer);
  };

const SCRAM = authentication(10, 'SCRAM-SHA-256\0\0');

/** SCRAM as a server that does not know the password may do it. */
async function scram(peer: RoguePeer, iterations: number, last?: Buffer): Promise<void> {
  peer.send(SCRAM);
  const nonce = /r=([^,]+)$/.exec((await peer.next()).toString())![1]!;
  peer.send(authentication(11, `r=${nonce}server,s=c2FsdHNhbHQ=,i=${iterations}`));
  await peer.next();
  if (last) peer.send(last);
  peer.greet();
}

describe('a rogue server as a connection opens', () => {
  it.each([
    ['Kerberos', 2],
    ['SCM', 6],
    ['GSSAPI', 7],
    ['a continued GSSAPI', 8],
    ['SSPI', 9],
    ['an unknown method', 99],
    ['a negative method', -1],
  ])('a hostile server: a sign-in by %s is refused with what to do instead', async (_name, kind) => {
    const server = await serve(async (peer) => peer.send(authentication(kind, 'token')));
    const { code, advice } = await refusal(server);
    expect(code).toBe('auth.unsupported');
    expect(advice).toMatch(/scram-sha-256/);
    expect(server.passwords).toEqual([]);
  });

  it.each<[string, readonly Buffer[]]>([
    ['an authentication without a kind', [message('R', '\0\0')]],
    ['a notice whose last field has no end', [message('N', 'SNOTICE\0Mno end')]],
    ['an error whose last field has no end', [message('E', 'SFATAL\0Mno end')]],
    ['a key of 4 bytes', [authentication(0), message('K', int32(1))]],
    ['a setting without its end', [authentication(0), message('S', 'TimeZone')]],
    ['rows', [rowDescription(['a']), dataRow(['1'])]],
    ['a message of 3.9 GB', [message('R', Buffer.alloc(64), -395_967_296)]],
    ['a message of 2 GB', [message('R', Buffer.alloc(64), 0x7fffffff)]],
    ['salt of 3 bytes', [authentication(5, 'abc')]],
    ['mechanisms without an end', [authentication(10, 'SCRAM-SHA-256')]],
    ['SASLContinue before SASL', [authentication(11, 'r=a,s=b,i=4096')]],
    ['SASL twice', [SCRAM, SCRAM]],
  ])('a hostile server: %s in the handshake closes that connection', async (_name, parts) => {
    const server = await serve(async (peer) => peer.send(...parts));
    const { code, message: words } = await refusal(server);
    expect(code).toBe('protocol.violated');
    expect(words).toMatch(/connection was closed/);
  });

  it('a hostile server: endless notices before the sign-in end with that connection', async () => {
    const before = process.memoryUsage.rss();
    const server = await serve((peer) => peer.flood(failure('N', { S: 'NOTICE', M: 'x'.repeat(1000) })));
    expect(await refusal(server)).toMatchObject({ code: 'protocol.violated' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MIB);
  });

  it('a hostile server: an endless answer to a statement of our own ends with that connection', async () => {
    const before = process.memoryUsage.rss();
    const server = await serve(async (peer) => {
      peer.greet();
      await peer.next();
      peer.send(rowDescription(['v']));
      await peer.flood(dataRow([null]));
    });
    expect(await refusal(server)).toMatchObject({ code: 'protocol.violated' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MIB);
  });

  it.each([
    ['more than one byte', Buffer.concat([Buffer.from('S'), authentication(0)]), 'protocol.violated'],
    ['no TLS', Buffer.from('N'), 'tls.notOffered'],
    ['an error', failure('E', { M: 'believe me' }), 'tls.failed'],
    ['another protocol', Buffer.from('HTTP/1.1 400\r\n'), 'tls.failed'],
    ['noise after its yes', Buffer.from('S'), 'ECONNRESET|EPROTO|ERR_SSL.*|connection.closed'],
  ])(
    'a hostile server: the answer to SSLRequest with %s is believed in nothing',
    async (_name, sslAnswer, code) => {
      const server = await serve(async () => {}, { sslAnswer });
      if (code.includes('|')) {
        const failed = refusal(server, { mode: 'require' });
        await until('it was asked', () => server.connections === 1);
        await server.close();
        expect((await failed).code).toMatch(new RegExp(`^(?:${code})$`));
      } else expect((await refusal(server, { mode: 'require' })).code).toBe(code);
      expect(server.passwords).toEqual([]);
    },
  );
});

describe('a rogue server that asks for the password', () => {
  it('a hostile server: the password is not sent as it is over an unproven connection', async () => {
    const ask: Rogue = async (peer) => {
      peer.send(authentication(3));
      await peer.next();
      peer.greet();
    };
    const { certificate, key } = certificates.server;
    const plain = await serve(ask);
    const encrypted = await serve(ask, { tls: { certificate, key } });
    for (const [server, tls] of [
      [plain, { mode: 'disable' }],
      [encrypted, { mode: 'require' }],
    ] as const) {
      const { code, advice } = await refusal(server, tls);
      expect(code).toBe('auth.cleartext');
      expect(advice).toMatch(/Verify CA and name/);
      expect(server.passwords).toEqual([]);
    }
  });

  it('sends it as it is to a server that a certificate proves', async () => {
    const { certificate, key } = certificates.server;
    const server = await serve(
      async (peer) => {
        peer.send(authentication(3));
        await peer.next();
        peer.greet();
        await peer.serve(() => undefined);
      },
      { tls: { certificate, key } },
    );
    const connection = await connect(server, { mode: 'verify-full', caFile: certificates.caFile });
    expect(connection.server).not.toHaveProperty('weakSignIn');
    expect(server.passwords.map(String)).toEqual([expect.stringContaining(`${PASSWORD}\0`)]);
  });

  it('a hostile server: MD5 on demand and no demand at all are warned of where another user may listen', async () => {
    const asking =
      (kind: 'md5' | 'unasked'): Rogue =>
      async (peer) => {
        if (kind === 'md5') {
          peer.send(authentication(5, 'salt'));
          await peer.next();
        }
        peer.greet();
        await peer.serve(() => undefined);
      };
    for (const kind of ['md5', 'unasked'] as const) {
      const server = await serve(asking(kind));
      expect((await connect(server)).server).toMatchObject({ weakSignIn: kind });
      const reached = await reach(server);
      expect(reached.warnings.join(' ')).toMatch(kind === 'md5' ? /MD5/ : /no password/);
    }
  });

  it.each<[string, Rogue]>([
    [
      'after it offered SCRAM',
      async (peer) => {
        peer.send(SCRAM);
        await peer.next();
        peer.greet();
      },
    ],
    ['instead of its proof', (peer) => scram(peer, 4096)],
    ['after a wrong proof', (peer) => scram(peer, 4096, authentication(12, `v=${'A'.repeat(43)}=`))],
    ['after an error as its proof', (peer) => scram(peer, 4096, authentication(12, 'e=other-error'))],
  ])('a hostile server: AuthenticationOk %s is no sign-in', async (_name, rogue) => {
    expect((await refusal(await serve(rogue))).code).toBe('auth.serverUnproven');
  });

  it.each([1, 4095, 10_000_001, 1_000_000_000, 4_294_967_295])(
    'a hostile server: SCRAM with %i iterations is refused before anything is computed or sent',
    async (iterations) => {
      const begun = process.cpuUsage();
      const server = await serve((peer) => scram(peer, iterations));
      expect((await refusal(server)).code).toBe('auth.iterations');
      const { user } = process.cpuUsage(begun);
      expect(user / 1e6).toBeLessThan(5);
      // The client's first message, which holds a nonce and nothing of the password.
      expect(server.passwords).toHaveLength(1);
    },
  );

  it.each([
    ['another nonce', (nonce: string) => `r=${nonce.slice(1)}x,s=c2FsdA==,i=4096`],
    ['no nonce of its own', (nonce: string) => `r=${nonce},s=c2FsdA==,i=4096`],
    ['no salt', (nonce: string) => `r=${nonce}x,s=,i=4096`],
    ['a mandatory extension', (nonce: string) => `m=x,r=${nonce}x,s=c2FsdA==,i=4096`],
    ['i=4e3', (nonce: string) => `r=${nonce}x,s=c2FsdA==,i=4e3`],
  ])('a hostile server: SCRAM with %s gets no proof to guess from', async (_name, first) => {
    const server = await serve(async (peer) => {
      peer.send(SCRAM);
      const nonce = /r=([^,]+)$/.exec((await peer.next()).toString())![1]!;
      peer.send(authentication(11, first(nonce)));
      await peer.next();
    });
    expect((await refusal(server)).code).toBe('protocol.violated');
    expect(server.passwords).toHaveLength(1);
  });

  it('a hostile server: many iterations hold up its own sign-ins, and no file that is to be synced', async () => {
    const server = await serve((peer) => scram(peer, 2_000_000));
    let answered = 0;
    const abort = new AbortController();
    const all = Array.from({ length: 6 }, () =>
      connect(server, undefined, abort.signal).catch(() => {
        answered++;
      }),
    );
    await until('all were asked', () => server.passwords.length >= 6);
    // libuv's pool has four threads: were they used, this would wait for the first of them.
    for (let n = 0; n < 8; n++) await stat('/');
    expect(answered).toBe(0);
    abort.abort();
    await Promise.all(all);
  });

  it('binds SCRAM to the certificate where the server can, and says where it could', async () => {
    const { certificate, key } = certificates.server;
    const offered = async (mechanisms: string) => {
      const server = await serve(
        async (peer) => {
          peer.send(authentication(10, mechanisms));
          await peer.next();
          peer.end();
        },
        { tls: { certificate, key } },
      );
      await refusal(server, { mode: 'require' });
      return server.passwords[0]!.toString();
    };
    expect(await offered('SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0')).toMatch(
      /SCRAM-SHA-256-PLUS\0.*p=tls-server-end-point,,n=/s,
    );
    expect(await offered('SCRAM-SHA-256\0\0')).toMatch(/SCRAM-SHA-256\0.*y,,n=/s);
  });
});

/** Tests a profile as the page does. */
function reach(server: RoguePostgres) {
  const target = targetOf(server);
  return tests().run({
    profile: { profileId: 'p', name: 'p', target, environment: 'production', readOnly: true },
    secrets: new Map([['password', new Secret(PASSWORD)]]),
  });
}

function tests(): ProfileTests {
  const ports = {
    tape: { append: () => 1, durable: async () => undefined },
    driver: async () => postgresDriver(TIMES),
    newId: () => 'test',
  } as unknown as Ports;
  return new ProfileTests(ports, () => 1, new Resources(), NO_TEST_TUNNELS);
}

describe('a rogue server that is asked who is signed in', () => {
  it.each([
    ['rows without end', dataRow(['x'.repeat(100)])],
    ['a row of 1 GB', message('D', Buffer.alloc(65_536), 1_000_000_000)],
    ['notices without end', failure('N', { S: 'NOTICE', M: 'x'.repeat(1000) })],
  ])('a hostile server: %s end the test of the profile, and take no memory', async (_name, flood) => {
    const before = process.memoryUsage.rss();
    const server = await serve(async (peer) => {
      peer.greet();
      await peer.serve(async () => {
        peer.send(parseComplete, bindComplete, rowDescription(['v']), flood);
        return peer.flood(flood).then(() => undefined);
      }, 'pg_is_in_recovery');
    });
    // It was reached; what it said of the role is none.
    const reached = await reach(server);
    expect(reached).toMatchObject({ user: '', canWrite: null });
    expect(reached.warnings.join(' ')).toMatch(/connection was closed/);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MIB);
  });
});

const BEGUN = Buffer.concat([parseComplete, bindComplete]);
const DESCRIBED = Buffer.concat([BEGUN, rowDescription(['a', 'b'])]);

describe('a rogue server while a statement runs', () => {
  it.each<[string, Buffer]>([
    ['a description of -1 columns', Buffer.concat([BEGUN, message('T', int16(-1))])],
    [
      'a short description',
      Buffer.concat([BEGUN, message('T', Buffer.concat([int16(3), Buffer.from('a\0')]))]),
    ],
    ['a row without a description', Buffer.concat([BEGUN, dataRow(['1'])])],
    ['a row of 30 000 fields', Buffer.concat([DESCRIBED, dataRow(Array(30_000).fill('x'))])],
    [
      'a field of -2 bytes',
      Buffer.concat([DESCRIBED, message('D', Buffer.concat([int16(2), int32(-2), int32(-1)]))]),
    ],
    ['a notice without its end', Buffer.concat([DESCRIBED, message('N', 'SNOTICE\0Mno end')])],
    ['an error without its end', Buffer.concat([DESCRIBED, message('E', 'SERROR\0Mno end')])],
    ['a command without its end', Buffer.concat([DESCRIBED, message('C', 'SELECT')])],
    ['a short notification', Buffer.concat([DESCRIBED, message('A', int32(1))])],
    ['a short key', Buffer.concat([DESCRIBED, message('K', int32(1))])],
    ['a new sign-in', Buffer.concat([DESCRIBED, authentication(3)])],
    ['CopyBothResponse', Buffer.concat([BEGUN, message('W', Buffer.from([0, 0, 0]))])],
    [
      'CopyInResponse of -1 columns',
      Buffer.concat([BEGUN, message('G', Buffer.concat([Buffer.from([0]), int16(-1)]))]),
    ],
    ['CopyData out of nowhere', Buffer.concat([BEGUN, message('d', 'line')])],
    [
      'a status that does not exist',
      Buffer.concat([DESCRIBED, commandComplete('SELECT 0'), readyForQuery('?')]),
    ],
  ])('a hostile server: %s loses that statement and no other', async (_name, answer) => {
    const server = await serve(answering(answer));
    const [attacked, other] = [await connect(server), await connect(server)];
    const { end } = await run(attacked, 'select attack');
    expect(end).toMatchObject({ type: 'lost', usable: false, failure: { code: 'protocol.violated' } });
    await until('the loss is reported', () => lost.length > 0);
    expect(lost).toMatchObject([{ code: 'protocol.violated' }]);
    expect(lost[0]!.message).toMatch(/127\.0\.0\.1, port \d+, broke PostgreSQL’s protocol: \w+ at byte \d+/);
    expect((await run(other, 'select 1')).rows).toEqual([['{}']]);
  });

  it('a hostile server: an error of 100 MB is read in part, and says so', async () => {
    const before = process.memoryUsage.rss();
    const server = await serve(async (peer) => {
      peer.greet();
      await peer.serve(async () => {
        const size = 100 * MIB;
        peer.send(BEGUN, message('E', 'SERROR\0C22000\0M', 4 + 15 + size + 2));
        await peer.flood(Buffer.alloc(65_536, 120), 100);
        peer.send(Buffer.from('\0\0'), readyForQuery());
        return undefined;
      });
    });
    const { end } = await run(await connect(server), 'select attack');
    expect(end).toMatchObject({ type: 'failed', usable: true, failure: { code: '22000' } });
    const { message: words } = (end as { failure: FailureText }).failure;
    expect(words.length).toBeLessThan(300_000);
    expect(words).toMatch(/x… \(\d+ bytes more were not read\)$/);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MIB);
  });

  it('a hostile server: notices, settings and empty lines without end leave others their turn', async () => {
    const floods = [
      failure('N', { S: 'NOTICE', M: '' }),
      parameterStatus('a', ''),
      message('A', Buffer.from('\0\0\0\x01\0\0', 'latin1')),
    ];
    for (const flood of floods) {
      const server = await serve(async (peer) => {
        peer.greet();
        await peer.serve(async () => peer.flood(flood).then(() => undefined));
      });
      const connection = await connect(server);
      let notices = 0;
      const sink = new Collector({ keep: false });
      sink.notice = () => void notices++;
      const execution = connection.execute('select attack', sink);
      const turns: number[] = [];
      for (let n = 0; n < 5; n++) {
        const begun = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 10));
        turns.push(performance.now() - begun);
      }
      expect(Math.min(...turns)).toBeLessThan(1000);
      connection.destroy();
      expect(await execution.ended).toMatchObject({ type: 'lost' });
    }
  });

  it('a hostile server: a command tag with free text leaves nothing of it', async () => {
    const answer = Buffer.concat([BEGUN, message('n'), commandComplete('MY SECRET'), readyForQuery()]);
    const { end } = await run(await connect(await serve(answering(answer))), 'select attack');
    expect(end).toMatchObject({ type: 'completed', command: '', rowsAffected: null });
  });

  it('a hostile server: rows between two statements lose that connection', async () => {
    const answer = Buffer.concat([
      BEGUN,
      message('n'),
      commandComplete('DO'),
      readyForQuery(),
      dataRow(['1']),
    ]);
    await run(await connect(await serve(answering(answer))), 'do attack');
    await until('the loss is reported', () => lost.length > 0);
    expect(lost).toMatchObject([{ code: 'protocol.violated' }]);
  });

  it('a hostile server: what a listener of pg’s throws ends that connection and nothing else', async () => {
    const connection = await connect(
      await serve(answering(Buffer.concat([BEGUN, parameterStatus('TimeZone', 'UTC')]))),
    );
    const { client } = connection as unknown as {
      client: { connection: { on(event: string, listener: () => void): void } };
    };
    client.connection.on('parameterStatus', () => {
      throw new RangeError('a defect');
    });
    const { end } = await run(connection, 'select attack');
    expect(end).toMatchObject({ type: 'lost', failure: { code: 'protocol.violated' } });
  });

  it('a hostile server: a cancel whose channel and side connection answer noise without end is bounded', async () => {
    let isFirst = true;
    const noise = Buffer.alloc(65_536, 0xff);
    const server = await serve(
      async (peer) => {
        if (!isFirst) return peer.flood(noise);
        isFirst = false;
        peer.greet();
        await peer.serve(async () => undefined);
      },
      {},
      (peer) => peer.flood(noise),
    );
    const connection = await connect(server);
    const execution = connection.execute('select attack', new Collector());
    const log = new CancelLog();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({ type: 'lost', usable: false });
    expect(log.steps).toContain('terminate');
    expect(log.steps.at(-1)).toBe('abandon');
  });
});

describe('mutated messages', () => {
  const sendsAll = (openLane: () => Promise<Attack>): Promise<void> => sendMutants(MUTANTS, openLane);
  const close = (connection: Connection): void => servers.end(connection);

  it(`a hostile server: ${MUTANTS} mutated messages of the handshake end connections, and nothing else`, () =>
    sendsAll(async () => {
      let mutant = Buffer.alloc(0);
      const server = await serve(async (peer) => {
        peer.send(mutant);
        setTimeout(() => peer.end(), 5);
      });
      return async (random) => {
        const parts = Array.from({ length: 1 + random(3) }, () => pick(HONEST.handshake, random));
        parts[random(parts.length)] = mutate(pick(HONEST.handshake, random), random, relength);
        mutant = Buffer.concat(parts);
        await connect(server).then(close, (error: unknown) => expect(error).toBeInstanceOf(DriverError));
      };
    }));

  it(`a hostile server: ${MUTANTS} mutated answers to statements end statements, and nothing else`, () =>
    sendsAll(async () => {
      let mutant = Buffer.alloc(0);
      const server = await serve(async (peer) => {
        peer.greet();
        await peer.serve(async () => {
          peer.send(mutant);
          setTimeout(() => peer.end(), 5);
          return undefined;
        });
      });
      return async (random) => {
        const parts = [BEGUN, ...Array.from({ length: random(4) }, () => pick(HONEST.statement, random))];
        parts[random(parts.length)] = mutate(pick(HONEST.statement, random), random, relength);
        mutant = Buffer.concat([...parts, readyForQuery()]);
        const connection = await connect(server);
        await connection.execute('select attack', new Collector({ keep: false })).ended;
        close(connection);
      };
    }));

  it(`a hostile server: ${MUTANTS} mutated answers to a cancel and its side connection end the cancel, and nothing else`, () =>
    sendsAll(async () => {
      let mutant = Buffer.alloc(0);
      let isFirst = true;
      const disturb: Rogue = async (peer) => {
        peer.send(mutant);
        setTimeout(() => peer.end(), 5);
      };
      const server = await serve(
        async (peer) => {
          if (!isFirst) return disturb(peer);
          isFirst = false;
          peer.greet();
          await peer.serve(async () => undefined);
        },
        {},
        disturb,
      );
      return async (random) => {
        const parts = Array.from({ length: 1 + random(3) }, () =>
          pick([...HONEST.handshake, ...HONEST.statement], random),
        );
        parts[random(parts.length)] = mutate(pick(HONEST.handshake, random), random, relength);
        mutant = Buffer.concat(parts);
        isFirst = true;
        const connection = await connect(server, undefined, undefined, HASTY_TIMES);
        const execution = connection.execute('select attack', new Collector());
        execution.cancel(new CancelLog());
        expect(await execution.ended).toMatchObject({ type: 'lost' });
        close(connection);
      };
    }));
});

function pick<T>(some: readonly T[], random: (end: number) => number): T {
  return some[random(some.length)]!;
}
