import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriverError } from '../../../src/drivers/driver.ts';
import type {
  OpenTunnel,
  OpenTunnelBy,
  TunnelAnswer,
  TunnelOptions,
  TunnelQuestion,
  TunnelStep,
  TunnelTarget,
} from '../../../src/drivers/tunnel.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import type { Hop, SshTunnel } from '../../../src/events/tunnel.ts';
import { freePort } from '../../servers/postgres-cluster.ts';
import {
  makeSshKey,
  type SshAgent,
  type SshKey,
  type SshKeyType,
  startSshAgent,
} from '../../servers/ssh-keys.ts';
import { makeSshd, type Sshd, type SshdOptions } from '../../servers/sshd.ts';
import { codeSecret, oneTimeCode } from '../../servers/sshd-pam.ts';
import { type TcpProxy, tcpProxy } from '../../servers/tcp-proxy.ts';

/** How a tunnel is opened in a test. */
export interface Opening {
  readonly hops: readonly Hop[];
  readonly target?: TunnelTarget;
  readonly hostKeys?: SshTunnel['hostKeys'];
  /** Lines of known_hosts; those of all servers of the test where they are left out. */
  readonly known?: string;
  /** By `password 0`, `passphrase 1`. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly answer?: (question: TunnelQuestion) => TunnelAnswer | null;
  readonly signal?: AbortSignal;
  readonly keepaliveS?: number;
}

/** What a tunnel asked and reported. */
export interface Seen {
  readonly steps: TunnelStep[];
  readonly questions: TunnelQuestion[];
  readonly lost: Promise<FailureText>;
  /** The folder that it was given. */
  readonly folder: string;
  /** The file that trusted keys are added to. */
  readonly ours: string;
}

/** A server that sends back what comes. */
export interface EchoServer extends TunnelTarget {
  close(): Promise<void>;
}

export async function echoServer(onData?: (socket: Socket) => void): Promise<EchoServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    if (onData) onData(socket);
    else socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Sends a text through a tunnel and gives what comes back; empty where the connection is closed instead. */
export function sendThrough({ local }: OpenTunnel, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(local.port, local.host);
    let got = '';
    socket.on('data', (bytes) => {
      got += bytes;
      if (got.length >= text.length) socket.destroy();
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(got));
    socket.write(text);
  });
}

/** Everything that a test of tunnels has at hand; `remove` ends all of it. */
export class TunnelBench {
  readonly servers: Sshd[] = [];
  private readonly agents: SshAgent[] = [];
  private readonly proxies: TcpProxy[] = [];
  private readonly tunnels: OpenTunnel[] = [];
  readonly folder: string;
  readonly echo: EchoServer;
  private readonly openBy: OpenTunnelBy<SshTunnel>;

  private constructor(folder: string, echo: EchoServer, openBy: OpenTunnelBy<SshTunnel>) {
    this.folder = folder;
    this.echo = echo;
    this.openBy = openBy;
  }

  static async make(openBy: OpenTunnelBy<SshTunnel>): Promise<TunnelBench> {
    return new TunnelBench(await mkdtemp(join(tmpdir(), 'qt-ssh-')), await echoServer(), openBy);
  }

  async sshd(options: SshdOptions): Promise<Sshd> {
    const server = await makeSshd(options);
    this.servers.push(server);
    return server;
  }

  key(name: string, ...more: [type?: SshKeyType, passphrase?: string, rounds?: number]): Promise<SshKey> {
    return makeSshKey(join(this.folder, name), ...more);
  }

  async agent(keys: readonly SshKey[]): Promise<SshAgent> {
    const agent = await startSshAgent(keys);
    this.agents.push(agent);
    return agent;
  }

  async proxy(to: TunnelTarget): Promise<TcpProxy> {
    const proxy = await tcpProxy(to, {});
    this.proxies.push(proxy);
    return proxy;
  }

  /** Opens a tunnel; `opened` rejects where it does not open. */
  async open(opening: Opening): Promise<{ seen: Seen; opened: Promise<OpenTunnel> }> {
    const folder = await mkdtemp(join(this.folder, 't'));
    const known = join(folder, 'known');
    await writeFile(known, opening.known ?? this.servers.map((server) => server.known).join(''));
    let lose: (failure: FailureText) => void = () => {};
    const lost = new Promise<FailureText>((resolve) => {
      lose = resolve;
    });
    const seen: Seen = {
      steps: [],
      questions: [],
      lost,
      folder: join(folder, 'own'),
      ours: join(folder, 'ours'),
    };
    const options: TunnelOptions = {
      signal: opening.signal ?? new AbortController().signal,
      secret: (hop, kind) => opening.secrets?.[`${kind} ${hop}`],
      async ask(question) {
        seen.questions.push(question);
        return opening.answer?.(question) ?? null;
      },
      async onStep(step) {
        seen.steps.push(step);
      },
      onLost: lose,
      knownHosts: { files: [known], ours: seen.ours },
      folder: seen.folder,
    };
    const tunnel: SshTunnel = {
      by: 'ssh',
      hops: [...opening.hops],
      hostKeys: opening.hostKeys ?? 'strict',
      ...(opening.keepaliveS ? { keepaliveS: opening.keepaliveS } : {}),
    };
    const opened = this.openBy(tunnel, opening.target ?? this.echo, options).then((tunnel) => {
      this.tunnels.push(tunnel);
      return tunnel;
    });
    opened.catch(() => {});
    return { seen, opened };
  }

  /** Opens a tunnel, sends a text through it and closes it. @returns what it asked and reported, and what came back */
  async pass(opening: Opening): Promise<Seen & { readonly echo: string }> {
    const { seen, opened } = await this.open(opening);
    const tunnel = await opened;
    const echo = await sendThrough(tunnel, 'through');
    await tunnel.close();
    return { ...seen, echo };
  }

  /** The code by which a tunnel does not open, with what it asked and reported. */
  async fail(opening: Opening): Promise<Seen & { readonly code: string; readonly failure: FailureText }> {
    const { seen, opened } = await this.open(opening);
    const error = await opened.then(
      () => null,
      (error: unknown) => error,
    );
    if (!(error instanceof DriverError)) throw error ?? new Error('it opened');
    expect(error.failure.advice).toMatch(/\w/);
    return { ...seen, failure: error.failure, code: error.failure.code };
  }

  async remove(): Promise<void> {
    await Promise.all(this.tunnels.map((tunnel) => tunnel.close()));
    await Promise.all(
      [...this.servers, ...this.agents.map(({ stop }) => ({ remove: stop }))].map((one) => one.remove()),
    );
    await Promise.all([this.echo, ...this.proxies].map((one) => one.close()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function hopTo({ host, port, user }: Pick<Sshd, 'host' | 'port' | 'user'>, auth: Hop['auth']): Hop {
  return { host, port, user, auth };
}

export function byKey({ file }: SshKey): Hop['auth'] {
  return { by: 'key', keyFile: file };
}

/** The types of the steps of one hop, in order. */
export function stepsOf(steps: readonly TunnelStep[], hop: number): string[] {
  return steps.filter((step) => 'hop' in step && step.hop === hop).map(({ type }) => type);
}

/** What every backend does with real servers. */
export function tunnelContract(backend: string, openBy: OpenTunnelBy<SshTunnel>): void {
  describe(`a tunnel by ${backend}`, () => {
    let bench: TunnelBench;
    let main: Sshd;
    let second: Sshd;
    let third: Sshd;
    let key: SshKey;
    let locked: SshKey;
    let stranger: SshKey;
    const secret = codeSecret();

    beforeAll(async () => {
      bench = await TunnelBench.make(openBy);
      [key, locked, stranger] = await Promise.all([
        bench.key('key'),
        bench.key('locked', 'ed25519', 'a passphrase'),
        bench.key('stranger'),
      ]);
      const authorized = [key.line, locked.line];
      [main, second, third] = await Promise.all([
        bench.sshd({ authorized, hostKeys: ['ed25519', 'rsa'] }),
        bench.sshd({ authorized, hostKeys: ['ecdsa'] }),
        bench.sshd({ authorized, hostKeys: ['rsa'] }),
      ]);
    });
    afterAll(() => bench.remove());

    it('passes bytes, answers a ping, reports its steps in order and leaves nothing behind', async () => {
      const { seen, opened } = await bench.open({ hops: [hopTo(main, byKey(key))] });
      const tunnel = await opened;
      expect(await sendThrough(tunnel, 'hello')).toBe('hello');
      await tunnel.ping(AbortSignal.timeout(20_000));
      expect(await tunnel.refusal(0)).toBeNull();
      expect(stepsOf(seen.steps, 0)).toEqual(['reached', 'hostKey', 'authenticating', 'authenticated']);
      expect(seen.steps).toContainEqual({
        type: 'hostKey',
        hop: 0,
        keyType: 'ssh-ed25519',
        verdict: 'known',
      });
      expect(seen.questions).toEqual([]);
      await tunnel.close();
      expect(await sendThrough(tunnel, 'hello')).toBe('');
      expect(await readdir(seen.folder).catch(() => [])).toEqual([]);
      for (const step of seen.steps) if (step.type === 'spawned') expect(isAlive(step.pid)).toBe(false);
    });

    it('jumps over two servers to a third, each with its own key and host key', async () => {
      const hops = [hopTo(main, byKey(key)), hopTo(second, byKey(locked)), hopTo(third, byKey(key))];
      const { echo, steps } = await bench.pass({ hops, secrets: { 'passphrase 1': 'a passphrase' } });
      expect(echo).toBe('through');
      expect(
        steps.filter(({ type }) => type === 'hostKey').map((step) => 'verdict' in step && step.verdict),
      ).toEqual(['known', 'known', 'known']);
    });

    it('signs in by ecdsa and rsa keys', async () => {
      const keys = await Promise.all([bench.key('ecdsa', 'ecdsa'), bench.key('rsa', 'rsa')]);
      const server = await bench.sshd({ authorized: keys.map(({ line }) => line) });
      for (const one of keys)
        expect((await bench.pass({ hops: [hopTo(server, byKey(one))] })).echo).toBe('through');
    });

    it('signs in by an agent, with the one key that was chosen', async () => {
      const agent = await bench.agent([stranger, key]);
      const auth: Hop['auth'] = { by: 'agent', socket: agent.socket, identity: key.fingerprint };
      expect((await bench.pass({ hops: [hopTo(main, auth)] })).echo).toBe('through');
      const lacks = { ...auth, identity: locked.fingerprint };
      expect((await bench.fail({ hops: [hopTo(main, lacks)] })).code).toBe('ssh.agentLacksKey');
      const none = { ...auth, socket: join(bench.folder, 'no-agent') };
      expect((await bench.fail({ hops: [hopTo(main, none)] })).code).toBe('ssh.agentUnreachable');
      const { SSH_AUTH_SOCK } = process.env;
      delete process.env.SSH_AUTH_SOCK;
      const unnamed = await bench.fail({ hops: [hopTo(main, { by: 'agent' })] });
      if (SSH_AUTH_SOCK !== undefined) process.env.SSH_AUTH_SOCK = SSH_AUTH_SOCK;
      expect(unnamed.code).toBe('ssh.agentUnreachable');
    });

    it('asks the user for the passphrase of that key, and tries a wrong one once', async () => {
      const hops = [hopTo(main, byKey(locked))];
      const asked = await bench.pass({ hops, answer: () => ({ texts: ['a passphrase'] }) });
      expect(asked.echo).toBe('through');
      expect(asked.questions).toEqual([{ type: 'passphrase', hop: 0, keyFile: locked.file }]);
      const wrong = await bench.fail({ hops, secrets: { 'passphrase 0': 'another' } });
      expect(wrong).toMatchObject({ code: 'ssh.passphraseWrong', questions: [] });
      expect((await bench.fail({ hops })).code).toBe('tunnel.notAnswered');
    });

    it('reports a key that is refused, one that does not exist, and one that is not a key', async () => {
      expect((await bench.fail({ hops: [hopTo(main, byKey(stranger))] })).code).toBe('ssh.authFailed');
      const missing = { by: 'key', keyFile: join(bench.folder, 'missing') } as const;
      const before = await main.attempts();
      expect((await bench.fail({ hops: [hopTo(main, missing)] })).code).toBe('ssh.keyMissing');
      expect(await main.attempts()).toBe(before);
      const text = join(bench.folder, 'text');
      await writeFile(text, 'not a key\n', { mode: 0o600 });
      const invalid = await bench.fail({ hops: [hopTo(main, { by: 'key', keyFile: text })] });
      expect(invalid.code).toBe('ssh.keyInvalid');
    });

    it('answers a password prompt alone with the password, and sends a wrong one once', async () => {
      const server = await bench.sshd({ pam: { password: 'p a$s' } });
      const hops = [hopTo(server, { by: 'password' })];
      const right = await bench.pass({ hops, secrets: { 'password 0': 'p a$s' } });
      expect(right).toMatchObject({ echo: 'through', questions: [] });
      const wrong = await bench.fail({ hops, secrets: { 'password 0': 'wrong' } });
      expect(wrong).toMatchObject({ code: 'ssh.authFailed', questions: [] });
      expect((await server.log()).match(/Failed password for/g)).toHaveLength(1);
    });

    it('shows the user each round of keyboard-interactive as text, and never answers it with a password', async () => {
      const server = await bench.sshd({
        pam: { password: 'p a$s', code: { secret, prompt: 'Code \u001b[31mnow: ' } },
      });
      const hops = [hopTo(server, { by: 'keyboardInteractive' })];
      const { echo, questions } = await bench.pass({
        hops,
        secrets: { 'password 0': 'p a$s' },
        answer: (question) => {
          if (question.type !== 'prompts') return null;
          const isCode = question.prompts[0]!.text.includes('Code');
          return { texts: [isCode ? oneTimeCode(secret) : 'p a$s'] };
        },
      });
      expect(echo).toBe('through');
      expect(questions).toHaveLength(2);
      expect(JSON.stringify(questions)).not.toContain('\\u001b');
      expect((await bench.fail({ hops })).code).toBe('tunnel.notAnswered');
      expect(await server.log()).not.toContain('Failed keyboard-interactive');
    });

    describe('with a host key that is not known', () => {
      const others = (): string => `[127.0.0.1]:${main.port} ${stranger.line}\n`;

      it('signs in to no server whose key is unknown, changed or revoked', async () => {
        const before = await main.attempts();
        const hops = [hopTo(main, byKey(key))];
        const unknown = await bench.fail({ hops, known: '' });
        expect(unknown.code).toBe('ssh.hostKeyUnknown');
        expect(unknown.steps).toContainEqual(
          expect.objectContaining({ type: 'hostKey', verdict: 'unknown' }),
        );
        for (const hostKeys of ['strict', 'ask'] as const) {
          const changed = await bench.fail({ hops, hostKeys, known: others() });
          expect(changed).toMatchObject({ code: 'ssh.hostKeyChanged', questions: [] });
          const { message, detail = '' } = changed.failure;
          expect(message + detail).toContain(stranger.fingerprint);
          expect(message + detail).toContain('line 1');
          const { host, shown, known } = changed.failure.hostKeys!;
          expect(host).toBe(`[127.0.0.1]:${main.port}`);
          expect(main.hostKeys.map(({ fingerprint }) => fingerprint)).toContain(shown?.fingerprint);
          expect(known).toMatchObject([{ fingerprint: stranger.fingerprint, line: 1 }]);
          for (const { art } of known) expect(art).toContain('[SHA256]');
        }
        const revoked = main.known + main.known.replaceAll(/^/gm, '@revoked ').replace(/@revoked $/, '');
        const found = await bench.fail({ hops, hostKeys: 'ask', known: revoked });
        expect(found).toMatchObject({ code: 'ssh.hostKeyRevoked', questions: [] });
        expect(found.failure.hostKeys!.known.length).toBeGreaterThan(0);
        expect(await main.attempts()).toBe(before);
      });

      it('asks with the fingerprint and its picture, takes that key alone and remembers it', async () => {
        const before = await main.attempts();
        const hops = [hopTo(main, byKey(key))];
        const opening = { hops, hostKeys: 'ask', known: '' } as const;
        const dismissed = await bench.fail(opening);
        expect(dismissed.code).toBe('tunnel.notAnswered');
        expect(await main.attempts()).toBe(before);
        const { seen, opened } = await bench.open({ ...opening, answer: () => ({ trusted: true }) });
        expect(await sendThrough(await opened, 'trusted')).toBe('trusted');
        const [question] = seen.questions;
        expect(question).toMatchObject({ type: 'hostKey', hop: 0, host: `[127.0.0.1]:${main.port}` });
        const shown = question?.type === 'hostKey' ? question : null;
        expect(main.hostKeys.map(({ fingerprint }) => fingerprint)).toContain(shown?.hostKey.fingerprint);
        expect(shown?.art).toContain('[SHA256]');
        const remembered = await readFile(seen.ours, 'utf8');
        expect((await bench.pass({ ...opening, known: remembered })).questions).toEqual([]);
      });

      it('asks for the key of a server behind another one by its own name', async () => {
        const hops = [hopTo(main, byKey(key)), hopTo(second, byKey(key))];
        const { questions, echo } = await bench.pass({
          hops,
          hostKeys: 'ask',
          known: main.known,
          answer: () => ({ trusted: true }),
        });
        expect(echo).toBe('through');
        expect(questions).toMatchObject([{ type: 'hostKey', hop: 1, host: `[127.0.0.1]:${second.port}` }]);
      });

      it('takes any key where keys are not checked, and says so', async () => {
        const { steps, echo } = await bench.pass({
          hops: [hopTo(main, byKey(key))],
          hostKeys: 'off',
          known: others(),
        });
        expect(echo).toBe('through');
        expect(steps).toContainEqual(expect.objectContaining({ type: 'hostKey', verdict: 'unchecked' }));
      });
    });

    it('says of a hop that is not there why', async () => {
      const nothing = await freePort();
      const hop = hopTo(main, byKey(key));
      const deaf = await echoServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      try {
        expect((await bench.fail({ hops: [{ ...hop, port: nothing }] })).code).toBe('ssh.refused');
        expect((await bench.fail({ hops: [{ ...hop, host: 'nowhere.invalid' }] })).code).toBe(
          'ssh.nameNotFound',
        );
        expect((await bench.fail({ hops: [{ ...hop, port: deaf.port }] })).code).toBe('ssh.notSsh');
        expect((await bench.fail({ hops: [hop, { ...hop, port: nothing }] })).code).toBe('ssh.refused');
      } finally {
        await deaf.close();
      }
    });

    it('says why the last hop does not reach the target', async () => {
      const strict = await bench.sshd({ authorized: [key.line], config: ['AllowTcpForwarding no'] });
      const target = { host: '127.0.0.1', port: await freePort() };
      for (const [server, code] of [
        [strict, 'tunnel.forwardProhibited'],
        [main, 'tunnel.targetRefused'],
      ] as const) {
        const { opened } = await bench.open({ hops: [hopTo(server, byKey(key))], target });
        const tunnel = await opened;
        expect(await sendThrough(tunnel, 'hello')).toBe('');
        expect((await tunnel.refusal(0))?.code).toBe(code);
        // What was refused before a connection was dialled is not why that one failed.
        expect(await tunnel.refusal(performance.now())).toBeNull();
        await tunnel.ping(AbortSignal.timeout(20_000));
        await tunnel.close();
      }
      const jump = [hopTo(strict, byKey(key)), hopTo(main, byKey(key))];
      expect((await bench.fail({ hops: jump })).code).toBe('tunnel.forwardProhibited');
    });

    it('passes every byte, both ways, while keys are exchanged again and again', {
      tags: ['slow'],
    }, async () => {
      const BYTES = 6 * 1024 * 1024;
      const server = await bench.sshd({ authorized: [key.line], config: ['RekeyLimit 256K'] });
      const { opened } = await bench.open({ hops: [hopTo(server, byKey(key))] });
      const tunnel = await opened;
      const sent = randomBytes(BYTES);
      const echoes = Array.from({ length: 4 }, async () => {
        const socket = connect(tunnel.local.port, tunnel.local.host);
        socket.end(sent);
        return sent.equals(Buffer.concat(await socket.toArray()));
      });
      expect(await Promise.all(echoes)).toEqual([true, true, true, true]);
      await tunnel.close();
    });

    it('reports the loss of a server that is killed, and opens again once it is back', async () => {
      const server = await bench.sshd({ authorized: [key.line] });
      const { seen, opened } = await bench.open({ hops: [hopTo(server, byKey(key))] });
      const tunnel = await opened;
      expect(await sendThrough(tunnel, 'hello')).toBe('hello');
      await server.kill();
      expect((await seen.lost).code).toBe('tunnel.lost');
      await expect(tunnel.ping(AbortSignal.timeout(20_000))).rejects.toThrow(DriverError);
      await tunnel.close();
      await server.start();
      expect((await bench.pass({ hops: [hopTo(server, byKey(key))] })).echo).toBe('through');
    });

    it('gets no sign of life from a server that is frozen, and one again afterwards', async () => {
      const server = await bench.sshd({ authorized: [key.line] });
      const { opened } = await bench.open({ hops: [hopTo(server, byKey(key))] });
      const tunnel = await opened;
      await server.freeze();
      await expect(tunnel.ping(AbortSignal.timeout(300))).rejects.toMatchObject({
        failure: { code: 'tunnel.notResponding' },
      });
      await server.thaw();
      await tunnel.ping(AbortSignal.timeout(20_000));
      await server.freeze();
      // Closing waits for no server.
      await tunnel.close();
    });

    it('reports the loss of a connection that is cut on the way', async () => {
      const proxy = await bench.proxy(main);
      const { seen, opened } = await bench.open({
        hops: [{ ...hopTo(main, byKey(key)), port: proxy.port }],
        hostKeys: 'off',
      });
      await opened;
      await proxy.close();
      expect((await seen.lost).code).toBe('tunnel.lost');
    });

    it('ends what it started when its opening is aborted', async () => {
      const silent = await echoServer(() => {});
      const abort = new AbortController();
      const { seen, opened } = await bench.open({
        hops: [{ ...hopTo(main, byKey(key)), port: silent.port }],
        signal: abort.signal,
      });
      setTimeout(() => abort.abort(), 300);
      await expect(opened).rejects.toMatchObject({ failure: { code: 'tunnel.aborted' } });
      for (const step of seen.steps) if (step.type === 'spawned') expect(isAlive(step.pid)).toBe(false);
      expect(await readdir(seen.folder).catch(() => [])).toEqual([]);
      await silent.close();
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
