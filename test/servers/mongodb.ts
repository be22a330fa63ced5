import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { splitMongodb } from '../../src/events/engines/mongodb-statements.ts';
import { findProgram } from './debian.ts';
import { dockerAnswers } from './docker.ts';
import { startMongoDouble } from './mongo-double/server.ts';
import { seedFile } from './seed-file.ts';

const IMAGE = 'mongo:7';
const START_TIMEOUT_MS = 60_000;
const REPLICA_SET = 'rs0';
/** The user that tests connect as; made where there is none, as its password has to be refused when it is wrong. */
const USER = { user: 'querytape_test', password: 'querytape test' };

/** Where a MongoDB answers, a replica set's primary. */
export interface MongodbAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** It is no MongoDB but the tests' double of one. */
  readonly isDouble: boolean;
}

/** A MongoDB for the contract tests, and how to give it back. */
export interface ObtainedMongodb {
  readonly address: MongodbAddress;
  stop(): Promise<void>;
}

/**
 * Obtains a MongoDB to test against: the one that `QUERYTAPE_TEST_MONGODB` names (`mongodb://…`), else one in Docker where an
 * engine answers, else a `mongod` of this machine (`MONGOMS_SYSTEM_BINARY`, or in the PATH), else the double, which is said.
 * With `REQUIRE_SERVERS=all` there is no double: a run that is to prove something of real servers fails.
 */
export async function obtainMongodb(): Promise<ObtainedMongodb> {
  const obtained = await obtain();
  await seed(obtained.address);
  return obtained;
}

async function obtain(): Promise<ObtainedMongodb> {
  const named = process.env.QUERYTAPE_TEST_MONGODB;
  if (named) return { address: await withUser(readAddress(named)), stop: async () => {} };
  if (await dockerAnswers()) return startContainer();
  const binary = process.env.MONGOMS_SYSTEM_BINARY ?? (await findProgram('mongod'));
  if (binary) return startMongod(binary);
  if (process.env.REQUIRE_SERVERS === 'all')
    throw new Error('REQUIRE_SERVERS=all: name a MongoDB in QUERYTAPE_TEST_MONGODB, or start Docker.');
  process.stdout.write(
    'MongoDB: no server can be had here, so the tests run against their own double of one.\n',
  );
  const double = await startMongoDouble(USER);
  return {
    address: { host: double.host, port: double.port, ...USER, isDouble: true },
    stop: () => double.close(),
  };
}

function readAddress(text: string): MongodbAddress {
  const url = new URL(text);
  if (url.protocol !== 'mongodb:') throw new Error('QUERYTAPE_TEST_MONGODB is not a mongodb:// address');
  return {
    host: url.hostname,
    port: Number(url.port || 27017),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    isDouble: false,
  };
}

/** Connects by the bare driver, past all that is tested. */
export async function withClient<T>(
  { host, port, user, password }: MongodbAddress,
  work: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const auth = user === '' ? {} : { auth: { username: user, password } };
  const client = new MongoClient(`mongodb://${host}:${port}/`, {
    directConnection: true,
    appName: 'outside',
    // As the driver does: the double answers each hello once.
    serverMonitoringMode: 'poll',
    ...auth,
  });
  try {
    return await work(await client.connect());
  } finally {
    await client.close();
  }
}

async function withUser(address: MongodbAddress): Promise<MongodbAddress> {
  if (address.user !== '') return address;
  await withClient(address, async (client) => {
    const admin = client.db('admin');
    const { users } = await admin.command({ usersInfo: USER.user });
    if (users.length === 0)
      await admin.command({ createUser: USER.user, pwd: USER.password, roles: ['root'] });
  });
  return { ...address, ...USER };
}

/** Makes a server a replica set of itself, as it knows itself by `host`, and waits until it is its primary. */
async function initiate(address: MongodbAddress, host: string): Promise<void> {
  await withClient(address, async (client) => {
    const admin = client.db('admin');
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
    const giveUpAt = performance.now() + START_TIMEOUT_MS;
    while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
      if (performance.now() > giveUpAt) throw new Error('MongoDB did not become a primary');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
}

async function startContainer(): Promise<ObtainedMongodb> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const started = await new GenericContainer(IMAGE)
    .withCommand(['mongod', '--replSet', REPLICA_SET, '--bind_ip_all'])
    .withExposedPorts(27017)
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/))
    .start();
  const bare = {
    host: started.getHost(),
    port: started.getMappedPort(27017),
    user: '',
    password: '',
    isDouble: false,
  };
  await initiate(bare, '127.0.0.1:27017');
  return {
    address: await withUser(bare),
    stop: async () => {
      await started.stop();
    },
  };
}

async function startMongod(binary: string): Promise<ObtainedMongodb> {
  const folder = await mkdtemp(join(tmpdir(), 'querytape-mongod-'));
  const port = await freePort();
  const options = [
    '--dbpath',
    folder,
    '--port',
    `${port}`,
    '--bind_ip',
    '127.0.0.1',
    '--replSet',
    REPLICA_SET,
  ];
  const server = spawn(binary, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`${binary} ended with ${code}`)));
    server.stdout.on('data', (text: Buffer) => {
      if (text.includes('Waiting for connections')) resolve();
    });
  });
  const bare = { host: '127.0.0.1', port, user: '', password: '', isDouble: false };
  await initiate(bare, `127.0.0.1:${port}`);
  return {
    address: await withUser(bare),
    stop: async () => {
      server.removeAllListeners('exit');
      server.kill();
      await new Promise((resolve) => server.once('exit', resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Loads the shop that docker-compose.yml loads too, and the few documents that the contract asks for. */
async function seed({ host, port, user, password }: MongodbAddress): Promise<void> {
  const connection = await mongodbDriver().connect(
    { engine: 'mongodb', host, port, user, database: 'shop', tls: { mode: 'disable' } },
    {
      password: () => password,
      signal: AbortSignal.timeout(START_TIMEOUT_MS),
      readOnly: false,
      applicationName: 'seed',
      onLost: (failure) => process.stderr.write(`${failure.message}\n`),
    },
  );
  const sink = { columns() {}, moreColumns() {}, columnsLearned() {}, rows: () => true, notice() {} };
  const text = await readFile(seedFile('mongodb.js'), 'utf8');
  for (const { start, end } of splitMongodb(`${text}\n${CONTRACT_SEED}`)) {
    const statement = `${text}\n${CONTRACT_SEED}`.slice(start, end);
    const ended = await connection.execute(statement, sink).ended;
    if (ended.type !== 'completed') throw new Error(`${ended.failure.message}: ${statement.slice(0, 200)}`);
  }
  await connection.close();
}

const THOUSAND = Array.from({ length: 1000 }, (_, n) => `{ _id: ${n} }`).join(', ');
/** One document to be slow with, and a thousand to make many of. */
const CONTRACT_SEED = `
db.getSiblingDB('querytape_contract').dropDatabase();
db.getSiblingDB('querytape_contract').one.insertOne({ _id: 1 });
db.getSiblingDB('querytape_contract').thousand.insertMany([${THOUSAND}]);
`;
