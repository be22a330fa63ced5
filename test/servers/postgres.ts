import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { dockerAnswers } from './docker.ts';
import { makeCluster, type PostgresAddress } from './postgres-cluster.ts';
import { seedFile } from './seed-file.ts';

const IMAGE = 'postgres:18';

/** A PostgreSQL for the contract tests, and how to give it back. */
export interface ObtainedPostgres {
  readonly address: PostgresAddress;
  stop(): Promise<void>;
}

/**
 * Obtains a PostgreSQL to test against: the one that `QUERYTAPE_TEST_POSTGRES` names (a superuser's `postgres://…`), else
 * one in Docker where an engine answers, else the packaged programs of the demo.
 * @throws Error where there is none: tests that need a server fail without one, they never skip
 */
export async function obtainPostgres(): Promise<ObtainedPostgres> {
  const obtained = await obtain();
  await seed(obtained.address);
  return obtained;
}

/** The shop that docker-compose.yml loads too. */
async function seed(address: PostgresAddress): Promise<void> {
  const client = new pg.Client({ ...address });
  await client.connect();
  try {
    await client.query(await readFile(seedFile('postgres.sql'), 'utf8'));
  } finally {
    await client.end();
  }
}

async function obtain(): Promise<ObtainedPostgres> {
  const named = process.env.QUERYTAPE_TEST_POSTGRES;
  if (named) return { address: readAddress(named), stop: async () => {} };
  if (await dockerAnswers()) return startContainer();
  const cluster = await makeCluster();
  return { address: cluster.address, stop: () => cluster.remove() };
}

function readAddress(text: string): PostgresAddress {
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol))
    throw new Error('QUERYTAPE_TEST_POSTGRES is not a postgres:// address');
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username) || 'postgres',
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
  };
}

async function startContainer(): Promise<ObtainedPostgres> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const password = 'contract';
  const started = await new GenericContainer(IMAGE)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts(5432)
    // The image starts the server twice; the second time it takes connections from outside.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start();
  return {
    address: {
      host: started.getHost(),
      port: started.getMappedPort(5432),
      user: 'postgres',
      password,
      database: 'postgres',
    },
    stop: async () => {
      await started.stop();
    },
  };
}
