import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ports } from '../../src/actors/ports.ts';
import { ProfileTests } from '../../src/actors/profile-test.ts';
import { Resources } from '../../src/actors/resources.ts';
import type { CancelTimes } from '../../src/drivers/cancel-loop.ts';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { mysqlDriver } from '../../src/drivers/mysql/driver.ts';
import type { Reached } from '../../src/events/command.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target, Tls } from '../../src/events/profile.ts';
import { Secret } from '../../src/events/secret.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { mutate, type Random, seeded } from '../servers/mutate.ts';
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
  row,
} from '../servers/mysql-messages.ts';
import {
  HONEST_MYSQL,
  honestAnswer,
  type Rogue,
  type RogueMysql,
  type RogueMysqlOptions,
  relengthMysql,
  rogueMysql,
} from '../servers/rogue-mysql.ts';
import { NO_TEST_TUNNELS } from '../unit/actors/no-config.ts';
import { type Attack, sendMutants } from './mutants.ts';
import { failureOfConnecting, HASTY_TIMES, RogueServers, SHORT_TIMES, violated } from './rogue-servers.ts';
import { CancelLog, Collector, until } from './running.ts';

const PASSWORD = 'a password of this test alone';

/** Mutants of each phase; `npm run soak` sends 100 000. */
const MUTANTS = Number(process.env.QUERYTAPE_MUTANTS ?? 200);

const servers = new RogueServers<RogueMysql>(PASSWORD);

const rogue = (does: Rogue, options: RogueMysqlOptions = {}): Promise<RogueMysql> =>
  servers.serve(rogueMysql(does, options));

function connect(
  { port }: RogueMysql,
  tls: Tls = { mode: 'disable' },
  lost: FailureText[] = [],
  times: Partial<CancelTimes> = SHORT_TIMES,
): Promise<Connection> {
  const target: Target = { engine: 'mysql', host: '127.0.0.1', port, database: '', user: 'u', tls };
  return servers.connect(mysqlDriver('mysql', times), target, { lost });
}

const failureOf = (server: RogueMysql, tls?: Tls): Promise<FailureText> =>
  failureOfConnecting(connect(server, tls));

const VIOLATED = violated('MySQL');

/** What the server was sent does not hold the password, as it is or encrypted with a key of its own. */
function keepsPassword({ signIns }: RogueMysql): void {
  for (const bytes of signIns) {
    expect(bytes.includes(PASSWORD)).toBe(false);
    expect(bytes.length).toBeLessThan(256);
  }
}

describe('MySQL’s sign-in', () => {
  it.each([
    ['a greeting of 16 MiB', (): Buffer => packet(0, greeting(), 0xffffff)],
    ['a greeting of 64 KiB and one byte', () => packet(0, greeting(), 65_537)],
    ['an empty greeting', () => packet(0, [])],
    [
      'a greeting without an end to its version',
      () => packet(0, Buffer.concat([Buffer.from([10]), Buffer.alloc(300, 65)])),
    ],
    ['a greeting that ends in its challenge', () => packet(0, greeting().subarray(0, 30))],
    ['a greeting of protocol 9', () => packet(0, Buffer.concat([Buffer.from([9]), greeting().subarray(1)]))],
    ['a greeting with the number 5', () => packet(5, greeting())],
    ['an error of one byte', () => packet(0, [0xff])],
  ])('a hostile server: %s ends the connection with protocol.violated', async (_what, bytes) => {
    const server = await rogue(async (peer) => {
      peer.raw(bytes());
      await peer.next();
    });
    expect(await failureOf(server)).toMatchObject(VIOLATED);
  });

  it.each([
    ['a packet of another kind', [0x55, 1, 2]],
    ['a cut OK packet', [0, 0]],
    ['an empty packet', []],
    ['a challenge that is too short', authSwitch('mysql_native_password', 'short')],
    ['a way of signing in without a name', authSwitch('')],
    ['a way of signing in with a name of 100 bytes', authSwitch('x'.repeat(100))],
    ['more data of mysql_native_password', moreData([4])],
  ])('a hostile server: %s in the sign-in ends it with protocol.violated', async (_what, payload) => {
    const server = await rogue(async (peer) => {
      await peer.greet();
      peer.send(payload);
      await peer.next();
    });
    expect(await failureOf(server)).toMatchObject(VIOLATED);
    keepsPassword(server);
  });

  it('a hostile server: ways of signing in without end are given up after eight', async () => {
    let asked = 0;
    const server = await rogue(async (peer) => {
      await peer.greet();
      for (;;) {
        peer.send(authSwitch('mysql_native_password'));
        await peer.next();
        asked++;
      }
    });
    expect(await failureOf(server)).toMatchObject(VIOLATED);
    expect(asked).toBe(8);
  });

  it('a hostile server: an OK before the encryption that was agreed on does not sign in', async () => {
    const certificates = await makeCertificates('x');
    const server = await rogue(
      async (peer) => {
        peer.raw(packet(0, greeting('mysql_native_password', true)), packet(2, ok));
        await peer.next();
      },
      { tls: certificates.server },
    );
    expect(await failureOf(server, { mode: 'require' })).toMatchObject(VIOLATED);
    await certificates.remove();
  });

  it.each(['dialog', 'auth_gssapi_client', 'mysql_old_password', 'toString', '__proto__'])(
    'a hostile server: %s, which Querytape does not have, is auth.unsupported',
    async (plugin) => {
      const server = await rogue(async (peer) => {
        await peer.greet();
        peer.send(authSwitch(plugin));
        await peer.next();
      });
      expect(await failureOf(server)).toMatchObject({ code: 'auth.unsupported' });
      keepsPassword(server);
    },
  );

  it('a hostile server: the switch to the old hash of passwords is auth.unsupported', async () => {
    const server = await rogue(async (peer) => {
      await peer.greet();
      peer.send([0xfe]);
      await peer.next();
    });
    expect(await failureOf(server)).toMatchObject({ code: 'auth.unsupported' });
    keepsPassword(server);
  });
});

describe('the password', () => {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates('x');
  });
  afterAll(() => certificates.remove());

  it.each(['caching_sha2_password', 'sha256_password'])(
    'a hostile server: %s without TLS gets no password for a key of its own',
    async (plugin) => {
      let asked: Buffer | null = null;
      const server = await rogue(async (peer) => {
        await peer.greet(plugin);
        if (plugin === 'sha256_password') peer.send(authSwitch(plugin));
        else peer.send(moreData([4]));
        asked = (await peer.next()).payload;
        peer.send(moreData(Buffer.from(keys.publicKey)));
        const { payload } = await peer.next();
        const { RSA_PKCS1_OAEP_PADDING: padding } = constants;
        privateDecrypt({ key: keys.privateKey, padding }, payload);
      });
      const failure = await failureOf(server);
      expect(failure).toMatchObject({
        code: 'auth.needsEncryption',
        source: 'client',
        advice: expect.stringContaining('TLS'),
      });
      expect(asked).toBeNull();
      keepsPassword(server);
    },
  );

  it('a hostile server: a key of its own is not the one in the profile, and gets no password', async () => {
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const folder = await mkdtemp(join(tmpdir(), 'querytape-key-'));
    const serverKeyFile = join(folder, 'public.pem');
    await writeFile(serverKeyFile, keys.publicKey);
    const signsIn =
      (key: string | Buffer): Rogue =>
      async (peer) => {
        await peer.greet('caching_sha2_password');
        peer.send(moreData([4]));
        await peer.next();
        peer.send(moreData(Buffer.from(key)));
        await peer.next();
        peer.send(error(1045, 'no'));
      };
    const tls = { mode: 'disable', serverKeyFile } as const;
    const wrong = await rogue(signsIn(own.publicKey.export({ type: 'spki', format: 'pem' })));
    expect(await failureOf(wrong, tls)).toMatchObject({ code: 'auth.serverKey', source: 'client' });
    expect(wrong.signIns.at(-1)).toEqual(Buffer.from([2]));
    const right = await rogue(signsIn(keys.publicKey));
    expect(await failureOf(right, tls)).toMatchObject({ code: '1045' });
    const { RSA_PKCS1_OAEP_PADDING: padding } = constants;
    expect(privateDecrypt({ key: keys.privateKey, padding }, right.signIns.at(-1)!).length).toBe(
      PASSWORD.length + 1,
    );
    await rm(folder, { recursive: true });
  });

  it('a hostile server: the password in the clear is sent neither without TLS nor where TLS proves nothing', async () => {
    const asks: Rogue = async (peer) => {
      await peer.greet();
      peer.send(authSwitch('mysql_clear_password', ''));
      await peer.next();
    };
    for (const [options, tls] of [
      [{}, { mode: 'disable' }],
      [{ tls: certificates.server }, { mode: 'require' }],
    ] as const) {
      const server = await rogue(asks, options);
      expect(await failureOf(server, tls)).toMatchObject({
        code: 'auth.cleartext',
        source: 'client',
        advice: expect.stringContaining('Verify CA and name'),
      });
      keepsPassword(server);
    }
  });

  it('goes in the clear where TLS proves who reads it', async () => {
    const server = await rogue(
      async (peer) => {
        await peer.greet();
        peer.send(authSwitch('mysql_clear_password', ''));
        await peer.next();
        peer.send(error(1045, 'no'));
      },
      { tls: certificates.addressed },
    );
    expect(await failureOf(server, { mode: 'verify-full', caFile: certificates.caFile })).toMatchObject({
      code: '1045',
    });
    expect(server.signIns.at(-1)?.toString()).toBe(`${PASSWORD}\0`);
  });

  it('a hostile server: one that greets with mysql_clear_password gets no password either', async () => {
    const server = await rogue(async (peer) => {
      await peer.greet('mysql_clear_password');
      peer.send(error(1045, 'no'));
    });
    expect(await failureOf(server)).toMatchObject({ code: '1045' });
    keepsPassword(server);
  });
});

describe('MySQL’s answers', () => {
  const attacked = async (attack: Rogue) => {
    const server = await rogue(async (peer) => {
      await peer.signIn();
      await peer.serve(() => attack(peer));
    });
    const lost: FailureText[] = [];
    const connection = await connect(server, undefined, lost);
    const sink = new Collector();
    const execution = connection.execute('SELECT attack', sink);
    return { server, connection, execution, sink, lost };
  };
  /** What the answer to a statement begins with: one column. */
  const BEGUN = [lenenc(1), definition('a'), eof];

  it.each<readonly [string, readonly (Buffer | readonly number[])[]]>([
    ['2^36 columns', [Buffer.from('\xfe\0\0\0\0\x10\0\0\0', 'latin1')]],
    ['4097 columns', [lenenc(4097)]],
    ['no columns at all', [Buffer.from([0xfc, 0, 0])]],
    ['a count of columns with more behind it', [[3, 1]]],
    ['a definition that is cut', [lenenc(1), definition('a').subarray(0, -4)]],
    [
      'a definition whose name is longer than it',
      [lenenc(1), Buffer.concat([Buffer.from('\x03def\xfa', 'latin1'), Buffer.alloc(20)])],
    ],
    [
      'a definition whose name has 2^60 bytes',
      [lenenc(1), Buffer.from('\x03def\xfe\0\0\0\0\0\0\0\x10', 'latin1')],
    ],
    ['columns without an end', [lenenc(1), definition('a'), row(['1'])]],
    ['a row with a value too few', [lenenc(2), definition('a'), definition('b'), eof, row(['1'])]],
    ['a row with a value too many', [...BEGUN, row(['1', '2'])]],
    ['a row with a value that is longer than it', [...BEGUN, Buffer.from('\xfd\xff\xff\xffabc', 'latin1')]],
    ['a row with a value of 2^60 bytes', [...BEGUN, Buffer.from('\xfe\0\0\0\0\0\0\0\x10abcdef', 'latin1')]],
    ['an empty row', [...BEGUN, []]],
    ['an EOF packet of 7 bytes', [...BEGUN, [0xfe, 0, 0, 0, 0, 0, 0]]],
    ['an error of one byte', [[0xff]]],
    ['a cut OK packet', [[0, 1]]],
    ['an empty packet', [[]]],
    ['a file that is asked for twice', [Buffer.from('\xfb/a', 'latin1')]],
  ])('a hostile server: %s ends that connection with protocol.violated', async (_what, payloads) => {
    const { execution, lost } = await attacked(async (peer) => {
      peer.send(...payloads);
      for (;;) {
        await peer.next();
        peer.send(...payloads);
      }
    });
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', failure: VIOLATED });
    await until('the loss is reported', () => lost.length === 1);
    expect(lost).toMatchObject([VIOLATED]);
  });

  it('a hostile server: packets out of order end that connection', async () => {
    const { execution } = await attacked(async (peer) => peer.raw(packet(9, ok)));
    expect(await execution.ended).toMatchObject({ type: 'lost', failure: VIOLATED });
  });

  it('a hostile server: a packet that nothing asked for ends that connection', async () => {
    let say = (): void => {};
    const server = await rogue(async (peer) => {
      say = () => peer.raw(packet(1, ok));
      await peer.signIn();
      await peer.serve(() => {});
    });
    const lost: FailureText[] = [];
    await connect(server, undefined, lost);
    say();
    await until('the loss is reported', () => lost.length === 1);
    expect(lost).toMatchObject([VIOLATED]);
  });

  it('a hostile server: a definition of 16 MiB is not waited for', async () => {
    const { execution } = await attacked(async (peer) => {
      peer.send(lenenc(1));
      peer.raw(packet(peer.number, [], 0xffffff));
    });
    expect(await execution.ended).toMatchObject({ type: 'lost', failure: VIOLATED });
  });

  it('a hostile server: rows without end to a question of Querytape’s own end that connection', async () => {
    const server = await rogue(async (peer) => {
      await peer.greet();
      peer.send(ok);
      for (;;) {
        const { payload } = await peer.next();
        const statement = payload.subarray(1).toString();
        if (!/CONNECTION_ID/.test(statement)) peer.send(ok);
        else {
          peer.send(...BEGUN);
          const value = row(['x'.repeat(10_000)]);
          for (;;) {
            const block = Buffer.concat(Array.from({ length: 100 }, () => packet(peer.number++, value)));
            if ((await peer.flood(block, 0.001)) === 0) return;
          }
        }
      }
    });
    expect(await failureOf(server)).toMatchObject(VIOLATED);
  });

  it('a hostile server: what a side connection’s answer is ends that side connection alone', async () => {
    let connectionNumber = 0;
    const server = await rogue(async (peer) => {
      if (connectionNumber++ > 0) {
        peer.raw(packet(0, greeting(), 0xffffff));
        await peer.next();
        return;
      }
      await peer.signIn();
      await peer.serve(async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        peer.send(ok);
      });
    });
    const connection = await connect(server);
    const execution = connection.execute('SELECT attack', new Collector());
    const refusals: FailureText[] = [];
    execution.cancel({
      sent: () => {},
      acknowledged: () => {},
      escalated: () => {},
      refused: (failure) => refusals.push(failure),
    });
    expect(await execution.ended).toMatchObject({ type: 'completed' });
    expect(refusals[0]).toMatchObject({ code: 'protocol.violated' });
  });
});

describe('what a connection does for itself after a statement', () => {
  it('a hostile server: one that is silent once an expired password was changed is given up', async () => {
    let isChanged = false;
    const server = await rogue(async (peer) => {
      await peer.signIn();
      for (;;) {
        const statement = (await peer.next()).payload.subarray(1).toString();
        if (isChanged) continue;
        isChanged = statement.includes('attack');
        peer.send(isChanged ? ok : error(1820, 'expired'));
      }
    });
    const connection = await connect(server);
    const execution = connection.execute('attack', new Collector());
    expect(await execution.ended).toMatchObject({ type: 'completed', usable: false });
  });

  it('asks what sql_mode is although the server refuses its warnings', async () => {
    const asked: string[] = [];
    const server = await rogue(async (peer) => {
      await peer.signIn();
      for (;;) {
        const statement = (await peer.next()).payload.subarray(1).toString();
        asked.push(statement.slice(0, 24));
        if (statement.includes('attack')) peer.send([0, 0, 0, 2, 0, 1, 0]);
        else if (statement.startsWith('SHOW WARNINGS')) peer.send(error(1317, 'killed'));
        else peer.send(...honestAnswer(statement));
      }
    });
    const connection = await connect(server);
    asked.length = 0;
    await connection.execute("SET sql_mode = 'attack'", new Collector()).ended;
    expect(asked.slice(1, 3)).toEqual([expect.stringMatching(/^SHOW WARNINGS/), 'SELECT @@SESSION.sql_mod']);
  });
});

describe('a test of a profile', () => {
  const reach = (server: RogueMysql, tls: Tls): Promise<Reached> => {
    const ports = {
      tape: { append: () => 1, durable: async () => undefined },
      driver: async () => mysqlDriver('mysql'),
      newId: () => 't',
    } as unknown as Ports;
    const target: Target = {
      engine: 'mysql',
      host: '127.0.0.1',
      port: server.port,
      database: '',
      user: 'u',
      tls,
    };
    return new ProfileTests(ports, () => 1, new Resources(), NO_TEST_TUNNELS).run({
      profile: { profileId: 'p', name: 'p', target, environment: 'production', readOnly: true },
      secrets: new Map([['password', new Secret(PASSWORD)]]),
    });
  };

  it('warns of a sign-in that others could guess the password from', async () => {
    const server = await rogue(async (peer) => {
      await peer.signIn();
      await peer.serve(() => {});
    });
    expect((await reach(server, { mode: 'disable' })).warnings.join()).toMatch(/proved by SHA-1/);
  });

  it('warns of a password that was given to a server which nothing proved', async () => {
    const certificates = await makeCertificates('x');
    const server = await rogue(
      async (peer) => {
        await peer.greet('caching_sha2_password');
        peer.send(moreData([4]));
        await peer.next();
        peer.send(ok);
        await peer.serve(() => {});
      },
      { tls: certificates.addressed },
    );
    expect((await reach(server, { mode: 'require' })).warnings.join()).toMatch(/was not proved/);
    const { caFile } = certificates;
    expect((await reach(server, { mode: 'verify-full', caFile })).warnings).toEqual([]);
    await certificates.remove();
  });

  it('a hostile server: one that lies in its greeting is a failure of the test, in words', async () => {
    const server = await rogue(async (peer) => {
      peer.raw(packet(0, greeting(), 0xffffff));
      await peer.next();
    });
    await expect(reach(server, { mode: 'disable' })).rejects.toMatchObject({ code: 'protocol.violated' });
  });
});

describe('mutated messages', () => {
  const pick = <T>(some: readonly T[], random: Random): T => some[random(some.length)]!;

  const sendsAll = (openLane: () => Promise<Attack>): Promise<void> => sendMutants(MUTANTS, openLane);
  const close = (connection: Connection): void => servers.end(connection);

  /** Checks what one mutant’s server was sent, so that the next one does not add to it. */
  const checkAndForget = (server: RogueMysql): void => {
    keepsPassword(server);
    server.forget();
  };

  /** Packets with numbers from `number` on, one of them wrong. */
  function mutants(kinds: readonly Buffer[], number: number, random: Random): Buffer {
    const parts = Array.from({ length: 1 + random(4) }, (_, n) => packet(number + n, pick(kinds, random)));
    const at = random(parts.length);
    parts[at] = mutate(parts[at]!, random, relengthMysql);
    return Buffer.concat(parts);
  }

  it.each(['greeting', 'signIn'] as const)(
    `a hostile server: ${MUTANTS} mutated messages of its %s end connections, and nothing else`,
    async (phase) => {
      await sendsAll(async () => {
        let random = seeded(0);
        const server = await rogue(async (peer) => {
          if (phase === 'greeting') peer.raw(mutants([...HONEST_MYSQL.greeting, ok], 0, random));
          else {
            await peer.greet(pick(['mysql_native_password', 'caching_sha2_password'], random));
            peer.raw(mutants(HONEST_MYSQL.signIn, peer.number, random));
          }
          setTimeout(() => peer.end(), 5);
        });
        return async (one) => {
          random = one;
          await connect(server).then(close, (thrown: unknown) => expect(thrown).toBeInstanceOf(DriverError));
          checkAndForget(server);
        };
      });
    },
  );

  it(`a hostile server: ${MUTANTS} mutated answers to statements end statements, and nothing else`, () =>
    sendsAll(async () => {
      let random = seeded(0);
      const server = await rogue(async (peer) => {
        await peer.signIn();
        await peer.serve(() => {
          const begun = pick(
            [[], [lenenc(3), definition('a'), definition('b'), definition('c'), eof]],
            random,
          );
          peer.send(...begun);
          peer.raw(mutants(HONEST_MYSQL.statement, peer.number, random));
          setTimeout(() => peer.end(), 5);
        });
      });
      return async (one) => {
        random = one;
        const connection = await connect(server);
        await connection.execute('SELECT attack', new Collector({ keep: false })).ended;
        close(connection);
        checkAndForget(server);
      };
    }));

  it(`a hostile server: ${MUTANTS} mutated answers to a cancel’s side connection end that one, and nothing else`, () =>
    sendsAll(async () => {
      let random = seeded(0);
      let isFirst = true;
      const server = await rogue(async (peer) => {
        if (isFirst) {
          isFirst = false;
          await peer.signIn();
          return peer.serve(() => {});
        }
        const kinds = [...HONEST_MYSQL.greeting, ...HONEST_MYSQL.signIn, ...HONEST_MYSQL.statement];
        if (random(2) === 0) peer.raw(mutants(kinds, 0, random));
        else {
          await peer.signIn();
          await peer.next();
          peer.raw(mutants(kinds, peer.number, random));
        }
        setTimeout(() => peer.end(), 5);
      });
      return async (one) => {
        random = one;
        isFirst = true;
        const connection = await connect(server, undefined, [], HASTY_TIMES);
        const execution = connection.execute('SELECT attack', new Collector());
        execution.cancel(new CancelLog());
        expect(await execution.ended).toMatchObject({ type: 'lost' });
        close(connection);
        checkAndForget(server);
      };
    }));
});
