import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../../src/drivers/ssh/embedded/index.ts';
import type {
  OpenTunnel,
  TunnelAnswer,
  TunnelOptions,
  TunnelQuestion,
  TunnelStep,
  TunnelTarget,
} from '../../../src/drivers/tunnel.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import type { Hop, SshTunnel } from '../../../src/events/tunnel.ts';
import type { Sshd } from '../../servers/sshd.ts';

/** How a tunnel of the embedded backend is opened in a test, and what was seen of it. */
export interface Opening {
  readonly hops: readonly Hop[];
  readonly target: TunnelTarget;
  readonly hostKeys?: SshTunnel['hostKeys'];
  readonly keepaliveS?: number;
  /** Lines of known_hosts. */
  readonly known?: string;
  /** By `password 0`, `passphrase 1`. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly answer?: (question: TunnelQuestion) => TunnelAnswer | null | Promise<TunnelAnswer | null>;
  readonly signal?: AbortSignal;
}

export interface Seen {
  readonly steps: TunnelStep[];
  readonly questions: TunnelQuestion[];
  readonly losses: FailureText[];
  /** Secrets that were asked for. */
  readonly secrets: string[];
  /** The file that trusted keys are added to. */
  readonly ours: string;
  readonly remove: () => Promise<void>;
}

export async function openIn(opening: Opening): Promise<{ seen: Seen; opened: Promise<OpenTunnel> }> {
  const folder = await mkdtemp(join(tmpdir(), 'querytape-embedded-'));
  const known = join(folder, 'known');
  await writeFile(known, opening.known ?? '');
  const seen: Seen = {
    steps: [],
    questions: [],
    losses: [],
    secrets: [],
    ours: join(folder, 'ours'),
    remove: () => rm(folder, { recursive: true }),
  };
  const options: TunnelOptions = {
    signal: opening.signal ?? new AbortController().signal,
    secret(hop, kind) {
      const name = `${kind} ${hop}`;
      seen.secrets.push(name);
      return opening.secrets?.[name];
    },
    async ask(question) {
      seen.questions.push(question);
      return (await opening.answer?.(question)) ?? null;
    },
    async onStep(step) {
      seen.steps.push(step);
    },
    onLost: (failure) => seen.losses.push(failure),
    knownHosts: { files: [known], ours: seen.ours },
    folder,
  };
  const tunnel: SshTunnel = {
    by: 'ssh',
    hops: [...opening.hops],
    hostKeys: opening.hostKeys ?? 'strict',
    ...(opening.keepaliveS ? { keepaliveS: opening.keepaliveS } : {}),
  };
  return { seen, opened: openEmbedded(tunnel, opening.target, options) };
}

export function hopTo({ host, port, user }: Pick<Sshd, 'host' | 'port' | 'user'>, auth: Hop['auth']): Hop {
  return { host, port, user, auth };
}

/** A server that sends back what comes, and ends when its client does. */
export async function echoServer(): Promise<TunnelTarget & { readonly sockets: Set<Socket>; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    sockets,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Sends a text through a tunnel and gives what comes back until its end; rejects where the connection is reset. */
export function sendThrough({ local }: OpenTunnel, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(local.port, local.host);
    let got = '';
    socket.on('data', (bytes) => {
      got += bytes;
    });
    socket.once('error', reject);
    socket.once('end', () => resolve(got));
    socket.end(text);
  });
}
