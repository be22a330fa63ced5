import { connect } from 'node:net';
import type { Connection, ServerChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriverError } from '../../../src/drivers/driver.ts';
import { openEmbedded } from '../../../src/drivers/ssh/embedded/index.ts';
import { openByOpenssh } from '../../../src/drivers/ssh/openssh/open.ts';
import type { Hop } from '../../../src/events/tunnel.ts';
import { mutate, type Random, seeded } from '../../servers/mutate.ts';
import {
  changeHostKey,
  changeMessages,
  type RogueSsh,
  rogueSsh,
  serveEcho,
} from '../../servers/rogue-ssh.ts';
import type { SshKey } from '../../servers/ssh-keys.ts';
import { sendMutants } from '../mutants.ts';
import { byKey, echoServer, sendThrough, TunnelBench } from './tunnel-contract.ts';

const MUTANTS = Number(process.env.QUERYTAPE_MUTANTS ?? 100);
/** Messages of a server's from its first to the end of a connection through it. */
const MESSAGES = 16;
const CHUNK = Buffer.alloc(256 * 1024);

describe('a hostile server: the embedded backend', () => {
  let bench: TunnelBench;
  let hostKey: SshKey;
  const servers: Pick<RogueSsh, 'close'>[] = [];

  beforeAll(async () => {
    bench = await TunnelBench.make(openEmbedded);
    hostKey = await bench.key('host');
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await bench.remove();
  });

  const hop = (port: number): Hop => ({
    host: '127.0.0.1',
    port,
    user: 'x',
    auth: { by: 'keyboardInteractive' },
  });

  it.each([
    { words: 'without an end', rounds: 100, prompts: 1 },
    { words: 'by the thousand', rounds: 1, prompts: 1000 },
  ])('a hostile server: questions $words end the sign-in', async ({ rounds, prompts }) => {
    const questions = Array.from({ length: prompts }, (): string => 'Code: ');
    const server = await rogueSsh(hostKey, (client) => {
      client.on('authentication', (context) => {
        if (context.method !== 'keyboard-interactive') {
          context.reject(['keyboard-interactive']);
          return;
        }
        let left = rounds;
        const ask = (): void => {
          left -= 1;
          if (left < 0) context.reject();
          else context.prompt(questions, ask);
        };
        ask();
      });
    });
    const failed = await bench.fail({
      hops: [hop(server.port)],
      hostKeys: 'off',
      answer: () => ({ texts: ['1'] }),
    });
    expect(failed.code).toBe('ssh.tooManyPrompts');
    expect(failed.questions.length).toBeLessThanOrEqual(10);
    server.close();
  });

  it.each([
    {
      what: 'a greeting without an end',
      line: 'x\r\n',
      times: 4_000_000,
      code: /^ssh\.(?:tooMuchSent|notSsh|protocol)$/,
    },
    {
      what: 'a packet of four gigabytes',
      line: 'SSH-2.0-rogue\r\n\xff\xff\xff\xff\x04\x14',
      times: 1,
      code: /^ssh\.protocol$/,
    },
  ])('a hostile server: $what ends the connection', async ({ line, times, code }) => {
    const server = await echoServer((socket) => void socket.write(Buffer.from(line.repeat(times), 'latin1')));
    const failed = await bench.fail({ hops: [hop(server.port)], hostKeys: 'off' });
    expect(failed.code).toMatch(code);
    await server.close();
  });

  it('a hostile server: a channel that takes packets of no size is not written to', async () => {
    const server = await rogueSsh(hostKey, (client) => {
      serveEcho(client);
      changeMessages(client, (payload) => {
        // SSH_MSG_CHANNEL_OPEN_CONFIRMATION, whose last field is the size.
        return payload[0] === 91 ? Buffer.concat([payload.subarray(0, -4), Buffer.alloc(4)]) : payload;
      });
    });
    const { opened } = await bench.open({ hops: [hop(server.port)], hostKeys: 'off' });
    const tunnel = await opened;
    expect(await sendThrough(tunnel, 'hello')).toBe('');
    expect((await tunnel.refusal(0))?.code).toBe('ssh.protocol');
    await tunnel.close();
    server.close();
  });

  it.each([
    { stream: 'answers', send: (channel: ServerChannel, bytes: Buffer) => channel.write(bytes) },
    {
      stream: 'standard error',
      send: (channel: ServerChannel, bytes: Buffer) => channel.stderr.write(bytes),
    },
  ])(
    'a hostile server: $stream without regard to the room of a channel end the connection',
    async ({ send }) => {
      let sent = 0;
      const server = await rogueSsh(hostKey, (client) => {
        client.on('authentication', (context) => context.accept());
        client.on('ready', () => {
          client.on('tcpip', (accept) => {
            const channel = accept();
            channel.on('error', () => {});
            // It goes on as if the client had given it room for four gigabytes.
            (channel as unknown as { outgoing: { window: number } }).outgoing.window = 2 ** 32 - 1;
            for (; sent < 64 * CHUNK.length; sent += CHUNK.length) send(channel, CHUNK);
          });
          client.on('request', (_accept, reject) => reject?.());
        });
      });
      const { opened, seen } = await bench.open({ hops: [hop(server.port)], hostKeys: 'off' });
      const tunnel = await opened;
      const reader = connect(tunnel.local.port, '127.0.0.1');
      reader.on('error', () => {});
      // It reads nothing, so that all that comes would have to be stored.
      reader.pause();
      expect((await seen.lost).code).toBe('ssh.protocol');
      reader.destroy();
      await tunnel.close();
      server.close();
    },
  );

  it('a hostile server: one that wants its bytes compressed gets none', async () => {
    const server = await rogueSsh(hostKey, (client) => serveEcho(client), { compress: ['zlib'] });
    const failed = await bench.fail({ hops: [hop(server.port)], hostKeys: 'off' });
    expect(failed.code).toBe('ssh.algorithms');
    server.close();
  });

  it(`a hostile server: ${MUTANTS} mutated messages of the handshake, the sign-in and the tunnel end it in words, and nothing else`, () =>
    sendMutants(MUTANTS, async () => {
      let random: Random = seeded(0);
      let sent = 0;
      const server = await rogueSsh(hostKey, (client) => {
        const chosen = random(MESSAGES);
        serveEcho(client, { asks: random(2) === 0 });
        changeMessages(client, (payload, number) => {
          if (number !== chosen) return payload;
          sent++;
          // What the client waits for in vain comes to an end.
          setTimeout(() => client.end(), 20);
          return mutate(payload, random);
        });
      });
      servers.push(server);
      return async (one) => {
        random = one;
        const before = sent;
        const { opened } = await bench.open({
          hops: [hop(server.port)],
          hostKeys: 'off',
          answer: () => ({ texts: ['1'] }),
        });
        const failure = await opened.then(
          async (tunnel) => {
            await sendThrough(tunnel, 'hello');
            await tunnel.close();
            return null;
          },
          (error: unknown) => (error instanceof DriverError ? error.failure : { code: `${error}` }),
        );
        if (failure) expect(failure).toMatchObject({ code: OURS, advice: expect.stringMatching(/\w/) });
        // Without a mutant nothing may fail.
        if (sent === before) expect(failure).toBeNull();
      };
    }));

  it(`a hostile server: ${MUTANTS} mutated greetings end it in words`, () =>
    sendMutants(MUTANTS, async () => {
      let random: Random = seeded(0);
      const server = await echoServer((socket) => {
        const greeting = Buffer.from('Hello\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n');
        socket.end(Buffer.concat([mutate(greeting, random), mutate(KEXINIT, random)]));
      });
      servers.push({ close: () => void server.close() });
      return async (one) => {
        random = one;
        const { code } = await bench.fail({ hops: [hop(server.port)], hostKeys: 'off' });
        expect(code).toMatch(/^(?:ssh|tunnel)\./);
      };
    }));
});

describe.each([
  ['OpenSSH', openByOpenssh],
  ['the embedded backend', openEmbedded],
] as const)('%s against a rogue server', (_, openBy) => {
  it('a hostile server: a host key that changes within a connection ends the tunnel before anything more is sent', async () => {
    const bench = await TunnelBench.make(openBy);
    const [hostKey, other, key] = await Promise.all(['host', 'other', 'key'].map((name) => bench.key(name)));
    let client: Connection | undefined;
    let received = '';
    const server = await rogueSsh(hostKey!, (one) => {
      client = one;
      one.on('authentication', (context) => context.accept());
      one.on('ready', () =>
        one.on('tcpip', (accept) => {
          const channel = accept();
          channel.on('error', () => {});
          channel.on('data', (bytes: Buffer) => {
            received += bytes;
            channel.write(bytes);
          });
        }),
      );
    });
    try {
      // Both keys are known: what counts is that it is another one than before.
      const known = [hostKey, other].map((one) => `[127.0.0.1]:${server.port} ${one!.line}\n`).join('');
      const { seen, opened } = await bench.open({
        hops: [{ host: '127.0.0.1', port: server.port, user: 'x', auth: byKey(key!) }],
        known,
      });
      const tunnel = await opened;
      expect(await sendThrough(tunnel, 'before')).toBe('before');
      await changeHostKey(client!, other!);
      expect((await seen.lost).code).toBe('ssh.hostKeyChanged');
      expect(await sendThrough(tunnel, 'after')).toBe('');
      expect(received).toBe('before');
      await tunnel.close();
    } finally {
      server.close();
      await bench.remove();
    }
  });
});

/** A failure of a tunnel's own. */
const OURS = expect.stringMatching(/^(?:ssh|tunnel)\.[a-zA-Z]+$/) as string;

/** The first bytes of a packet SSH_MSG_KEXINIT (RFC 4253 §7.1): lengths, type, cookie, and a list of names. */
const KEXINIT = Buffer.concat([
  Buffer.from([0, 0, 1, 0xf4, 6, 20]),
  Buffer.alloc(16, 7),
  Buffer.from([0, 0, 0, 17]),
  Buffer.from('curve25519-sha256'),
  Buffer.alloc(480),
]);
