import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { makeCluster, type PostgresAddress } from './postgres-cluster.ts';

const IMAGE = 'postgres:18';
const PROBE_TIMEOUT_MS = 1000;

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
    await client.query(await readFile(join(import.meta.dirname, 'seeds', 'postgres.sql'), 'utf8'));
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

/** Asks the engine's own sign of life (Docker Engine API, `GET /_ping`); quick, as most machines have none. */
function dockerAnswers(): Promise<boolean> {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  const url = new URL(host);
  const where =
    url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 2375 };
  return new Promise((resolve) => {
    const ping = request({ ...where, path: '/_ping', timeout: PROBE_TIMEOUT_MS }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
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
