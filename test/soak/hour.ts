import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Client } from '../../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from '../e2e/client.ts';
import { makeSshKey } from '../servers/ssh-keys.ts';
import { makeSshd, type Sshd } from '../servers/sshd.ts';
import { type Held, held } from './held.ts';
import { type HourServer, hourServers } from './hour-servers.ts';

const PASSPHRASE = 'copper tidal raven mosaic';
const SIZES = [1, 100, 10_000, 100_000];
const WINDOW_ROWS = 100;
const PAGES = 4;
const SMALL_STATEMENTS = 20;
/** What closes by itself after a time has closed by then: an idle socket of HTTP after 60 s. */
const QUIET_TIMEOUT_MS = 90_000;
const LOOK_MS = 500;

/** What the program holds after a round, everything closed. */
export interface Round extends Held {
  /** Connections of the program at each server. */
  readonly connections: Readonly<Record<string, number>>;
  /** Files in the data folder that belong to what was open: spilled rows, tunnels, launch links. */
  readonly leftFiles: readonly string[];
  /** Statements run since the start. */
  readonly statements: number;
}

/** The built program with real servers, and what a user does in an hour, round by round. */
export class Hour {
  readonly folder = dataFolder();
  private readonly keys = mkdtempSync(join(tmpdir(), 'querytape-hour-'));
  private program!: Started;
  private client!: Client;
  private sshd!: Sshd;
  private servers!: Awaited<ReturnType<typeof hourServers>>;
  private readonly profiles = new Map<HourServer, string>();
  private inspectorUrl = '';
  private statements = 0;
  private calm: Round | null = null;

  /** Starts servers and program, and saves a profile for each way to a server. */
  async start(): Promise<void> {
    const key = await makeSshKey(join(this.keys, 'key'));
    this.sshd = await makeSshd({ authorized: [key.line] });
    this.servers = await hourServers(this.sshd, key.file);
    writeFileSync(join(this.folder, 'known_hosts'), this.sshd.known);
    this.program = await startQuerytape(this.folder, [], { NODE_OPTIONS: '--inspect=127.0.0.1:0' });
    this.inspectorUrl = /Debugger listening on (ws:\S+)/.exec(this.program.stderr())![1]!;
    this.client = new Client(this.program.url);
    await this.client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
    for (const server of this.servers.servers) {
      const { draft, secrets } = server;
      const { profileId } = await this.client.command({ type: 'profile.save', draft, secrets });
      this.profiles.set(server, profileId!);
    }
  }

  async stop(): Promise<void> {
    await this.program?.stop();
    await this.servers?.stop();
    await this.sshd?.remove();
    removeFolder(this.folder);
    rmSync(this.keys, { recursive: true, force: true });
  }

  /** Works on every server at once, looks at the tape, closes everything and measures. */
  async round(): Promise<Round> {
    const { seq } = (await this.client.state()).state;
    const pages = await Promise.all(
      Array.from({ length: PAGES }, (_, page) =>
        this.client.socket(`/api/events?after=${seq}&page=p${page}`),
      ),
    );
    for (const page of pages) page.on('error', () => undefined).resume();
    // The tunnels share one sshd, which each of them loses: one after the other.
    const [tunnelled, direct] = [true, false].map((is) =>
      this.servers.servers.filter(({ draft }) => (draft.tunnel !== undefined) === is),
    ) as [HourServer[], HourServer[]];
    for (const server of direct) await this.work(server);
    for (const server of tunnelled) await this.work(server);
    for (const page of pages) page.terminate();
    await this.look(seq);
    return this.quiet();
  }

  /** A session of one profile: what is typed, run, read, cancelled, changed and lost in it. */
  private async work(server: HourServer): Promise<void> {
    const { client } = this;
    const { leaseId, socket } = await client.lease();
    const { sessionId } = await client.command({
      type: 'session.open',
      profileId: this.profiles.get(server)!,
      leaseId,
    });
    const session = sessionId!;
    await this.ready(session);
    const tab = { sessionId: session, tabId: 't1' } as const;
    for (const text of [server.drop, server.make]) await this.run(session, 't1', text);
    for (const count of SIZES) await this.read(await this.run(session, 't2', server.rows(count)), count);
    await this.run(session, 't3', server.script);
    for (let key = 1; key <= SMALL_STATEMENTS; key++) await this.run(session, 't1', server.insert(key));
    await client.get(`/api/sessions/${session}/catalogue?list=namespaces`).then((answer) => answer.text());
    const queryId = await this.executing(session, server.slow);
    await client.command({ type: 'query.cancel', queryId });
    await this.ended(queryId);
    await client.command({ type: 'transaction.begin', ...tab });
    await this.run(session, 't1', server.insert(1000));
    const rollback = await client.command({ type: 'transaction.rollback', ...tab });
    await this.ended(rollback.queryIds![0]!);
    const edit = await client.command({
      type: 'row.update',
      ...tab,
      namespace: server.namespace,
      collection: 'hour',
      key: [server.key],
      old: [{ column: 'name', value: server.cell('row 1') }],
      values: [{ column: 'name', value: server.cell('edited') }],
    });
    if ((await this.ended(edit.queryIds![0]!)) !== 'succeeded') throw new Error(`${server.name}: no edit`);
    const lost = await this.executing(session, server.slow);
    await server.cut();
    await this.ended(lost);
    await client.command({ type: 'session.reconnect', sessionId: session }).catch(() => undefined);
    await this.ready(session);
    await client.command({ type: 'tab.close', sessionId: session, tabId: 't2', rollback: true });
    await this.run(session, 't4', server.deleteAll);
    // One way to close a session is the end of the socket that holds its lease.
    if (this.statements % 2) socket.terminate();
    else await client.command({ type: 'session.close', sessionId: session, rollback: true });
    await client.until(({ sessions }) =>
      sessions[session] && !sessions[session].endedAt ? undefined : true,
    );
    socket.terminate();
  }

  /** What is looked at beside the work: history, metrics, log, a test, a bundle that is exported and opened. */
  private async look(fromSeq: number): Promise<void> {
    const { client } = this;
    const read = async (path: string): Promise<void> => {
      const answer = await client.get(path);
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    };
    await read('/api/history?search=hour&count=100');
    await read('/metrics');
    await read('/api/logs?count=100');
    await read(`/api/records?from=${fromSeq + 1}&count=1000`);
    for (const [{ draft }, profileId] of this.profiles)
      await client.command({ type: 'profile.test', profileId, draft });
    const prepared = await client.post('/api/bundles', { fromSeq: fromSeq + 1 });
    const { bundleId } = (await prepared.json()) as { bundleId: string };
    const bundle = Buffer.from(await (await client.get(`/api/bundles/${bundleId}`)).arrayBuffer());
    const opened = await client.postBytes('/api/replay', Readable.from([bundle]));
    const { replayId, firstAt, lastAt } = (await opened.json()) as {
      replayId: string;
      firstAt: number;
      lastAt: number;
    };
    await read(`/api/replay/${replayId}/diagnosis`);
    await read(`/api/replay/${replayId}/timeline?from=${firstAt}&to=${lastAt}&parts=100&lanes=100`);
    await (await client.post(`/api/replay/${replayId}/close`, {})).arrayBuffer();
  }

  private async ready(sessionId: string): Promise<void> {
    const ended = await this.client.until(({ sessions }) => {
      const session = sessions[sessionId];
      return session?.state === 'ready' || session?.endedAt ? session : undefined;
    });
    if (ended.endedAt) throw new Error(`the session ended: ${JSON.stringify(ended)}`);
  }

  private async submit(sessionId: string, tabId: string, text: string): Promise<string> {
    const { queryIds } = await this.client.command({ type: 'query.submit', sessionId, tabId, text });
    this.statements += queryIds!.length;
    return queryIds!.at(-1)!;
  }

  /** Submits a statement and waits until the server runs it. */
  private async executing(sessionId: string, text: string): Promise<string> {
    const queryId = await this.submit(sessionId, 't3', text);
    await this.client.until(({ queries }) => (queries[queryId]?.state === 'executing' ? true : undefined));
    return queryId;
  }

  private ended(queryId: string): Promise<string> {
    return this.client.until(({ queries }) => queries[queryId]?.outcome ?? undefined);
  }

  private async run(sessionId: string, tabId: string, text: string): Promise<string> {
    const queryId = await this.submit(sessionId, tabId, text);
    await this.ended(queryId);
    return queryId;
  }

  /** Reads windows of a result, its beginning, middle and end. */
  private async read(queryId: string, count: number): Promise<void> {
    for (const from of [0, Math.floor(count / 2), Math.max(0, count - WINDOW_ROWS)]) {
      const answer = await this.client.get(`/api/results/${queryId}/rows?from=${from}&count=${WINDOW_ROWS}`);
      const { rows } = (await answer.json()) as { rows: unknown[] };
      if (rows.length === 0) throw new Error(`no rows of ${count} from ${from}`);
    }
  }

  private async measure(): Promise<Round> {
    const connections: Record<string, number> = {};
    for (const { name, connections: count } of this.servers.servers) connections[name] = await count();
    const leftFiles = ['spill', 'tunnels', 'launch'].flatMap((name) => filesIn(this.folder, name));
    const seen = await held(this.program.process.pid!, this.inspectorUrl);
    return { ...seen, connections, leftFiles, statements: this.statements };
  }

  /** Waits until no more is open than after the first round, as long as that may take. */
  private async quiet(): Promise<Round> {
    const giveUpAt = performance.now() + QUIET_TIMEOUT_MS;
    for (;;) {
      const now = await this.measure();
      if (leaks(this.calm ?? now, now).length === 0 || performance.now() > giveUpAt) {
        if (this.calm === null) await new Promise((resolve) => setTimeout(resolve, 5000));
        this.calm ??= await this.measure();
        return now;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

/** What is open that was not as everything was closed before, in words. */
export function leaks(before: Round, now: Round): string[] {
  const counts = ['sockets', 'files', 'children', 'threads', 'resources', 'listeners'] as const;
  return [
    ...counts
      .filter((name) => now[name] > before[name])
      .map((name) => `${name}: ${before[name]}, then ${now[name]}`),
    ...Object.entries(now.connections)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} connections at ${name}`),
    ...now.leftFiles.map((file) => `file ${file}`),
  ];
}

function filesIn(folder: string, name: string): string[] {
  try {
    return readdirSync(join(folder, name)).map((file) => `${name}/${file}`);
  } catch {
    // It is made when it is needed.
    return [];
  }
}
