import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../src/drivers/ssh/embedded/index.ts';
import type { Hop } from '../../../src/events/tunnel.ts';
import type { SshKey } from '../../servers/ssh-keys.ts';
import { echoServer, TunnelBench } from './tunnel-contract.ts';

describe('a hostile server: the embedded backend', () => {
  let bench: TunnelBench;
  let hostKey: SshKey;

  beforeAll(async () => {
    bench = await TunnelBench.make(openEmbedded);
    hostKey = await bench.key('host');
  });
  afterAll(() => bench.remove());

  const hop = (port: number): Hop => ({
    host: '127.0.0.1',
    port,
    user: 'x',
    auth: { by: 'keyboardInteractive' },
  });

  async function rogue(serve: (client: Connection) => void): Promise<{ port: number; close(): void }> {
    const server = new ssh2.Server({ hostKeys: [await readFile(hostKey.file)] }, (client) => {
      client.on('error', () => {});
      serve(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  }

  it.each([
    { words: 'without an end', rounds: 100, prompts: 1 },
    { words: 'by the thousand', rounds: 1, prompts: 1000 },
  ])('a hostile server: questions $words end the sign-in', async ({ rounds, prompts }) => {
    const questions = Array.from({ length: prompts }, (): string => 'Code: ');
    const server = await rogue((client) => {
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
});
