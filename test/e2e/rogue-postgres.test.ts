import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command, CommandAnswer } from '../../src/events/command.ts';
import type { QueryText } from '../../src/events/wire.ts';
import { Client } from '../../src/main/client.ts';
import {
  authentication,
  bindComplete,
  failure,
  message,
  parseComplete,
  readyForQuery,
  rowDescription,
} from '../servers/postgres-messages.ts';
import { type Rogue, type RoguePostgres, roguePostgres } from '../servers/rogue-postgres.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';

/** It answers at once; the rest is room for a machine that is busy. */
const ANSWER_MS = 10_000;

describe('the program and a PostgreSQL server that says what it likes', () => {
  const folder = dataFolder();
  const servers: RoguePostgres[] = [];
  let program: Started;
  let client: Client;

  beforeAll(async () => {
    program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
    client = new Client(program.url);
    await client.command({ type: 'vault.create', protection: { passphrase: 'correct horse battery' } });
  });
  afterAll(async () => {
    await program?.stop();
    for (const server of servers) await server.close();
    removeFolder(folder);
  });

  const answer = async (command: Command): Promise<CommandAnswer> =>
    (await (await client.post('/api/commands', command)).json()) as CommandAnswer;

  const serve = async (rogue: Rogue) => {
    const server = await roguePostgres(rogue);
    servers.push(server);
    const tls = { mode: 'disable' } as const;
    return {
      engine: 'postgres',
      host: '127.0.0.1',
      port: server.port,
      user: 'u',
      database: 'd',
      tls,
    } as const;
  };

  /** The same process still answers. */
  const lives = async (): Promise<void> => {
    const late = new Promise<never>((_, fail) => setTimeout(fail, ANSWER_MS, new Error('no answer')).unref());
    const response = await Promise.race([client.get('/api/state'), late]);
    expect(response.status).toBeLessThan(500);
    expect(program.process.exitCode).toBeNull();
  };

  it.each<[string, Rogue, string]>([
    ['asks for GSSAPI', async (peer) => peer.send(authentication(7)), 'auth.unsupported'],
    ['asks for the password as it is', async (peer) => peer.send(authentication(3)), 'auth.cleartext'],
    [
      'sends a key of 4 bytes',
      async (peer) => peer.send(authentication(0), message('K', '\0\0\0\x01')),
      'protocol.violated',
    ],
    [
      'sends a notice without its end',
      async (peer) => peer.send(message('N', 'SNOTICE\0Mno end')),
      'protocol.violated',
    ],
    ['sends a short authentication', async (peer) => peer.send(message('R', '\0\0')), 'protocol.violated'],
    [
      'sends a message of 3.9 GB',
      async (peer) => {
        peer.send(message('R', '', -395_967_296));
        await peer.flood(Buffer.alloc(65_536));
      },
      'protocol.violated',
    ],
    [
      'sends notices without end',
      (peer) => peer.flood(failure('N', { S: 'NOTICE', M: 'x'.repeat(500) })),
      'protocol.violated',
    ],
  ])(
    'a hostile server: a test of a profile on one that %s is refused, and the program answers on',
    async (_name, rogue, code) => {
      const draft = { name: 'rogue', target: await serve(rogue), environment: 'development' };
      const tested = await answer({ type: 'profile.test', draft, secrets: { password: 'hunter2' } });
      expect(tested).toMatchObject({ refused: { code } });
      await lives();
    },
  );

  it.each<[string, Buffer]>([
    ['a description of -1 columns', message('T', Buffer.from([0xff, 0xff]))],
    ['a notice without its end', message('N', 'SNOTICE\0Mno end')],
    ['an error without its end', message('E', 'SERROR\0Mno end')],
    ['a row of -1 bytes', Buffer.concat([rowDescription(['a']), message('D', '', -1)])],
  ])('a hostile server: %s loses the statement, and the program answers on', async (_name, attack) => {
    const target = await serve(async (peer) => {
      peer.greet();
      await peer.serve(() => Buffer.concat([parseComplete, bindComplete, attack, readyForQuery()]));
    });
    const opened = await client.command({
      type: 'session.openUnsaved',
      name: 'rogue',
      target,
      environment: 'development',
      password: 'hunter2',
    });
    const sessionId = opened.sessionId!;
    const submitted = async () => {
      const given = await answer({ type: 'query.submit', sessionId, tabId: 't', text: 'select 1 as attack' });
      return 'refused' in given ? null : given.queryIds![0]!;
    };
    let queryId: string | null = null;
    for (let n = 0; n < 200 && queryId === null; n++) {
      queryId = await submitted();
      if (queryId === null) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    let words: QueryText | null = null;
    for (let n = 0; n < 200 && !words?.failure; n++) {
      const response = await client.get(`/api/queries/${queryId}`);
      if (response.ok) words = (await response.json()) as QueryText;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(words?.failure).toMatchObject({ code: 'protocol.violated' });
    await lives();
    await answer({ type: 'session.close', sessionId });
  });
});
