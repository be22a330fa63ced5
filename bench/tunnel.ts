import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../src/drivers/driver.ts';
import { postgresDriver } from '../src/drivers/postgres/driver.ts';
import { openEmbedded } from '../src/drivers/ssh/embedded/index.ts';
import { openByOpenssh } from '../src/drivers/ssh/openssh/open.ts';
import type { OpenTunnelBy } from '../src/drivers/tunnel.ts';
import type { SshTunnel } from '../src/events/tunnel.ts';
import { program } from '../test/servers/debian.ts';
import { freePort } from '../test/servers/postgres-cluster.ts';
import { makeSshKey, type SshKey } from '../test/servers/ssh-keys.ts';
import { makeSshd, type Sshd } from '../test/servers/sshd.ts';
import { type Bench, type Figure, median, seconds } from './figure.ts';
import { makeTable, server, TABLE } from './server.ts';

const ROUNDS = 5;
const OPENINGS = 7;
const CANCELS = 50;
const MILLION = 1_000_000;

/** A way to the server that is open. */
interface Way {
  readonly port: number;
  close(): Promise<void>;
}

type Open = () => Promise<Way>;

/** How a user does it by hand, with the ciphers and checks of the same configuration. */
function byHand(ssh: string, sshd: Sshd, key: SshKey, known: string, target: number): Open {
  return async () => {
    const port = await freePort();
    const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${known}`];
    const args = ['-F', 'none', '-N', '-L', `127.0.0.1:${port}:127.0.0.1:${target}`, '-i', key.file];
    const child = spawn(
      ssh,
      [
        ...args,
        ...options.flatMap((option) => ['-o', option]),
        '-p',
        `${sshd.port}`,
        '--',
        `${sshd.user}@${sshd.host}`,
      ],
      { stdio: 'ignore' },
    );
    while (!(await accepts(port))) await wait(1);
    return {
      port,
      close: async () => {
        child.kill();
        await once(child, 'exit');
      },
    };
  };
}

/** Whether the port can be dialled. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = dial(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The same by a backend. */
function by(
  openBy: OpenTunnelBy<SshTunnel>,
  sshd: Sshd,
  key: SshKey,
  known: string,
  folder: string,
  target: number,
): Open {
  const { host, port, user } = sshd;
  const hops = [{ host, port, user, auth: { by: 'key', keyFile: key.file } as const }];
  return async () => {
    const tunnel = await openBy(
      { by: 'ssh', hops, hostKeys: 'strict' },
      { host: '127.0.0.1', port: target },
      {
        signal: new AbortController().signal,
        secret: () => undefined,
        ask: async () => null,
        onStep: async () => undefined,
        onLost: (failure) => {
          throw new Error(failure.message);
        },
        knownHosts: { files: [known], ours: join(folder, 'ours') },
        folder: join(folder, 'tunnels'),
      },
    );
    return { port: tunnel.local.port, close: () => tunnel.close() };
  };
}

async function connect(port: number): Promise<Connection> {
  const { target, password } = await server();
  return postgresDriver().connect(target, {
    password: () => password,
    signal: new AbortController().signal,
    applicationName: 'querytape bench',
    readOnly: false,
    onLost: () => {},
    route: { host: '127.0.0.1', port, tlsServerName: target.host },
  });
}

const sink = (count: (rows: number) => void) => ({
  columns() {},
  moreColumns() {},
  columnsLearned() {},
  rows: (_: Uint8Array, rows: number) => {
    count(rows);
    return true;
  },
  notice() {},
});

/** Seconds for the whole table. */
async function readAll(connection: Connection): Promise<number> {
  let read = 0;
  const begun = performance.now();
  const rows = sink((count) => {
    read += count;
  });
  const end = await connection.execute(`select * from ${TABLE}`, rows).ended;
  if (end.type !== 'completed' || read !== MILLION) throw new Error(`${end.type} after ${read} rows`);
  return seconds(begun);
}

/** Milliseconds from the request to stop until the connection is safe for the next statement. */
async function cancelMs(connection: Connection): Promise<number> {
  const execution = connection.execute(
    'select pg_sleep(60)',
    sink(() => {}),
  );
  await wait(20);
  const begun = performance.now();
  execution.cancel({ sent() {}, acknowledged() {}, escalated() {} });
  await execution.ended;
  return performance.now() - begun;
}

/** Milliseconds from nothing to a connection, and from a tunnel that has just gone to the next connection. */
async function openingMs(open: Open): Promise<{ readonly first: number; readonly again: number }> {
  const begun = performance.now();
  const first = await open();
  const connection = await connect(first.port);
  const firstMs = performance.now() - begun;
  await connection.close();
  const lost = performance.now();
  await first.close();
  const second = await open();
  const next = await connect(second.port);
  const again = performance.now() - lost;
  await next.close();
  await second.close();
  return { first: firstMs, again };
}

/** A million rows, a cancel and an opening through each backend, against `ssh -L` by hand to the same sshd. */
export const tunnel: Bench = {
  name: 'tunnel',
  async run(): Promise<Figure[]> {
    await makeTable();
    const { target } = await server();
    const folder = await mkdtemp(join(tmpdir(), 'qt-bench-'));
    const key = await makeSshKey(join(folder, 'key'));
    const sshd = await makeSshd({ authorized: [key.line], config: ['LogLevel ERROR'] });
    try {
      const known = join(folder, 'known');
      await writeFile(known, sshd.known);
      const ssh = await program(['ssh'], 'openssh-client');
      const ways: Readonly<Record<string, Open>> = {
        'ssh -L': byHand(ssh, sshd, key, known, target.port),
        OpenSSH: by(openByOpenssh, sshd, key, known, folder, target.port),
        'built-in client': by(openEmbedded, sshd, key, known, folder, target.port),
      };
      const names = Object.keys(ways);
      const of = (): Record<string, number[]> => Object.fromEntries(names.map((name) => [name, []]));
      const rows = of();
      const cancels = of();
      const first = of();
      const again = of();
      for (let round = 0; round <= OPENINGS; round++)
        for (const name of names) {
          const took = await openingMs(ways[name]!);
          // The first round warms up.
          if (round === 0) continue;
          first[name]!.push(took.first);
          again[name]!.push(took.again);
        }
      const open = await Promise.all(names.map(async (name) => [name, await ways[name]!()] as const));
      const connections = await Promise.all(
        open.map(async ([name, { port }]) => [name, await connect(port)] as const),
      );
      for (let round = 0; round <= ROUNDS; round++)
        for (const [name, connection] of connections) {
          const took = await readAll(connection);
          if (round > 0) rows[name]!.push(took);
        }
      for (let i = 0; i < CANCELS; i++)
        for (const [name, connection] of connections) cancels[name]!.push(await cancelMs(connection));
      for (const [, connection] of connections) await connection.close();
      for (const [, way] of open) await way.close();
      const kinds = [
        { what: '1 M rows', took: rows, unit: 's', how: `median of ${ROUNDS} alternating runs` },
        { what: 'cancel', took: cancels, unit: 'ms', how: `median of ${CANCELS}, alternating` },
        { what: 'first connection', took: first, unit: 'ms', how: `median of ${OPENINGS}, alternating` },
        {
          what: 'closed and connected again',
          took: again,
          unit: 'ms',
          how: `median of ${OPENINGS}, alternating`,
        },
      ];
      return kinds.flatMap(({ what, took, unit, how }) => {
        const [hand, ...others] = names.map((name) => ({ name, value: median(took[name]!) }));
        return [
          { name: `${what} through ssh -L by hand`, value: hand!.value, unit, aim: null, how },
          ...others.map(({ name, value }) => ({
            name: `… through ${name}, over it`,
            value: value / hand!.value,
            unit: '×',
            aim: what === '1 M rows' ? 1 : null,
            how,
          })),
        ];
      });
    } finally {
      await sshd.remove();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
