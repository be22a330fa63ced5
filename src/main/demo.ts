import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KIB } from '../events/limits.ts';
import { ownFolder, readOwnFile, writeOwnFile } from '../store/own-files.ts';
import {
  openFolder,
  packagedPrograms,
  privateFolder,
  SHARED_FOLDER,
  serverAccount,
  serverBinaries,
} from './demo-binaries.ts';
import { removeAbandoned, sharedHome } from './demo-homes.ts';
import {
  asAccount,
  type Cluster,
  findOrphan,
  leash,
  type Postmaster,
  startPostmaster,
  stopPostmaster,
} from './demo-postmaster.ts';
import { SEED, SEED_MARK, SHOP_DATABASE } from './demo-seed.ts';

const run = promisify(execFile);
const ADMIN = 'postgres';
const USER = 'demo';
const CONNECT_TIMEOUT_MS = 5_000;
/** Far beyond what `demo.json` holds. */
const KEPT_BYTES_MAX = 4 * KIB;

/** A running demo database, and how to reach it. */
export interface Demo {
  readonly profile: {
    readonly host: '127.0.0.1';
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string;
  };
  /** It was running already: an earlier process of ours was killed. */
  readonly adopted: boolean;
  /** Of the postmaster. */
  readonly pid: number;
  /** Where the cluster and the server's log are. */
  readonly home: string;
  /** Stops the server; bounded. A second call waits for the first. */
  stop(): Promise<void>;
}

/** What the demo keeps in its folder, mode 0600. */
interface Kept {
  readonly adminPassword: string;
  readonly password: string;
  readonly port: number;
}

/**
 * Starts the demo: a real PostgreSQL of its own with a shop in it, on 127.0.0.1. Made and seeded at the first
 * start, used again afterwards with whatever was changed in it.
 *
 *   orphan running? ── adopt ──────────────────────────────┐
 *      │ no                                                ↓
 *   cluster made? ── no: initdb aside, then rename ──→ start ──→ shop marked as seeded? ── no: seed ──→ ready
 *
 * Each step that can be cut short leaves nothing that looks complete: a cluster gets its name when initdb has
 * ended, and the seed's mark is part of its transaction.
 * @throws DemoMissingError where there is no PostgreSQL for this platform; Error where it does not start; the signal's reason when aborted
 */
export async function startDemo(options: {
  /**
   * Below the data folder. As root, the cluster itself is elsewhere: the server's user can't enter a 0700
   * folder.
   */
  folder: string;
  log?: (line: string) => void;
  signal?: AbortSignal;
}): Promise<Demo> {
  const { folder, log = () => {}, signal } = options;
  const cluster = await placeCluster(folder);
  const before = await readKept(folder);
  const orphan = await findOrphan(cluster);
  const adopted = orphan !== undefined && before !== undefined && (await answers(orphan, before, cluster));
  if (orphan && !adopted) {
    log(`stopping a demo server that does not answer (pid ${orphan.pid})`);
    await stopPostmaster(orphan.pid, cluster);
  }
  signal?.throwIfAborted();
  const isKept = before !== undefined && (adopted || (await isUsable(cluster)));
  const kept = isKept ? before : await makeCluster(folder, cluster, log, signal);
  const { pid, port } = adopted ? orphan : await startPostmaster(cluster, kept.port, signal);
  // What started it has its own leash; one that is adopted gets ours.
  const release = adopted ? leash(pid, cluster) : () => {};
  try {
    signal?.throwIfAborted();
    if (port !== kept.port) await writeKept(folder, { ...kept, port });
    await seedOnce(port, kept, log, signal);
  } catch (error) {
    await stopPostmaster(pid, cluster);
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    profile: { host: '127.0.0.1', port, database: SHOP_DATABASE, user: USER, password: kept.password },
    adopted,
    pid,
    home: cluster.home,
    stop: () => {
      stopped ??= stopPostmaster(pid, cluster).finally(release);
      return stopped;
    },
  };
}

/** Prepares folders, programs and the server's user. One data folder has one cluster, wherever that is. */
async function placeCluster(folder: string): Promise<Cluster> {
  await ownFolder(folder);
  // Without programs no user is made for them.
  packagedPrograms();
  const account = await serverAccount();
  const binaries = await serverBinaries(account);
  const clusterIn = (at: string): Cluster => ({ home: at, data: join(at, 'data'), binaries, account });
  let home = await realpath(folder);
  if (account) {
    await openFolder(SHARED_FOLDER);
    home = await sharedHome(SHARED_FOLDER, home);
    await privateFolder(home, account);
    const isRunning = async (other: string) => (await findOrphan(clusterIn(other))) !== undefined;
    void removeAbandoned(SHARED_FOLDER, account, isRunning).catch(() => undefined);
  }
  return clusterIn(home);
}

/** Whether there is a complete cluster of the major version that the programs have. */
async function isUsable({ data, binaries }: Cluster): Promise<boolean> {
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '');
  return version.trim() === binaries.version.split('.')[0];
}

async function makeCluster(
  folder: string,
  cluster: Cluster,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<Kept> {
  log('making the demo database');
  const { account, binaries, data, home } = cluster;
  // A name of its own: the initdb of a killed process may still be writing into the last one's folder.
  const making = join(home, `data.making-${randomBytes(4).toString('hex')}`);
  const passwordFile = join(home, 'password');
  const secret = () => randomBytes(24).toString('base64url');
  const kept: Kept = { adminPassword: secret(), password: secret(), port: 0 };
  for (const name of await readdir(home)) {
    if (name.startsWith('data.making')) await removeFolder(join(home, name)).catch(() => {});
  }
  await removeFolder(data);
  await rm(passwordFile, { force: true });
  await writeKept(folder, kept);
  try {
    await writeFile(passwordFile, `${kept.adminPassword}\n`, { mode: 0o600, flag: 'wx' });
    if (account) await chown(passwordFile, account.uid, account.gid);
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const login = ['--auth=scram-sha-256', `--username=${ADMIN}`, `--pwfile=${passwordFile}`];
    await run(
      binaries.initdb,
      [`--pgdata=${making}`, ...login, ...locale, '--no-sync', '--no-instructions'],
      {
        ...asAccount(cluster),
        ...(signal && { signal }),
      },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(making, data);
  return kept;
}

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}

/** Whether a postmaster takes our password and runs our cluster. */
async function answers(postmaster: Postmaster, kept: Kept, cluster: Cluster): Promise<boolean> {
  try {
    const folders = await ask(postmaster.port, ADMIN, kept.adminPassword, 'postgres', 'SHOW data_directory');
    return folders[0]?.data_directory === cluster.data;
  } catch {
    return false;
  }
}

/** Makes the shop unless it is there and complete. A half-made one goes. */
async function seedOnce(
  port: number,
  kept: Kept,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const asAdmin = (sql: string) => ask(port, ADMIN, kept.adminPassword, 'postgres', sql, signal);
  const marks = await asAdmin(
    `SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = '${SHOP_DATABASE}'`,
  );
  if (marks[0]?.mark === SEED_MARK) return;
  log('filling the demo database');
  if (marks.length > 0) await asAdmin(`DROP DATABASE ${SHOP_DATABASE} WITH (FORCE)`);
  const roles = await asAdmin(`SELECT 1 FROM pg_roles WHERE rolname = '${USER}'`);
  // Not a superuser: whoever types into the demo must not be able to run programs as the server's user.
  const role = `ROLE ${USER} LOGIN PASSWORD '${kept.password}'`;
  await asAdmin(roles.length > 0 ? `ALTER ${role}` : `CREATE ${role}`);
  await asAdmin(`CREATE DATABASE ${SHOP_DATABASE} OWNER ${USER}`);
  await ask(port, USER, kept.password, SHOP_DATABASE, SEED, signal);
}

async function ask(
  port: number,
  user: string,
  password: string,
  database: string,
  sql: string,
  signal?: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user,
    password,
    database,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  const abort = () => client.connection.stream.destroy();
  // Without a listener a connection that goes would end the process; the query itself rejects as well.
  client.on('error', () => {});
  try {
    await client.connect();
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort, { once: true });
    return (await client.query(sql)).rows ?? [];
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    await client.end().catch(() => {});
  }
}

async function readKept(folder: string): Promise<Kept | undefined> {
  try {
    const bytes = await readOwnFile(join(folder, 'demo.json'), KEPT_BYTES_MAX);
    return bytes === null ? undefined : (JSON.parse(String(bytes)) as Kept);
  } catch {
    return undefined;
  }
}

async function writeKept(folder: string, kept: Kept): Promise<void> {
  const path = join(folder, 'demo.json');
  await writeOwnFile(path, JSON.stringify(kept));
}
