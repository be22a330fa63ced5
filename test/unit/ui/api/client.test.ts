import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { WS_HEARTBEAT_MS } from '../../../../src/events/limits.ts';
import { PROTOCOL } from '../../../../src/events/protocol-version.ts';
import type { ResultMeta } from '../../../../src/events/result.ts';
import { emptyState } from '../../../../src/events/views/state.ts';
import { encodeWindowHeader, withMeta } from '../../../../src/events/window-frame.ts';
import type { Down } from '../../../../src/events/wire.ts';
import { Client } from '../../../../src/ui/api/client.ts';
import { NO_CONFIG } from '../../../../src/ui/api/config.ts';
import { blockedBy } from '../../../../src/ui/selectors/availability.ts';

/** The server's side of every WebSocket that the client opened. */
const sockets: FakeSocket[] = [];

class FakeSocket {
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  binaryType = 'blob';
  onclose: ((event: { code: number }) => void) | null = null;
  readonly after: number;
  closed = false;

  constructor(url: string) {
    this.after = Number(new URL(url).searchParams.get('after'));
    sockets.push(this);
  }

  close(code = 1005): void {
    if (this.closed) return;
    this.closed = true;
    this.onclose?.({ code });
  }

  say(...messages: readonly Down[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }

  send(bytes: Uint8Array): void {
    expect(this.binaryType).toBe('arraybuffer');
    this.onmessage?.({ data: bytes.slice().buffer });
  }
}

const health = { state: 'durable', durableSeq: 0, code: null } as const;
const hello = (runId = 'run-1'): Down => ({ type: 'hello', protocol: PROTOCOL, runId, health });
const record = (seq: number) =>
  ({
    seq,
    at: seq,
    actor: 'tape',
    kind: 'tape',
    machine: null,
    cause: null,
    event: { type: 'tape.opened', processId: 1, segments: 1 },
    state: null,
  }) satisfies Envelope;
const records = (from: number, to: number): Down => ({
  type: 'events',
  envelopes: Array.from({ length: to - from + 1 }, (_, i) => record(from + i)),
});

let answers: Record<string, () => unknown>;
const answered = async (path: string) => answers[path.replace(/\?.*/, '')]!();
const answer = (status: number, body: unknown) => ({
  ok: status < 400,
  status,
  statusText: 'x',
  json: async () => body,
});
const state =
  (seq: number, runId = 'run-1') =>
  () =>
    answer(200, {
      app: {
        version: '0',
        runId,
        processId: 1,
        unsavedProfiles: false,
        startedAt: 0,
        otlp: [],
        demoProblem: null,
      },
      profiles: [],
      health,
      state: { ...emptyState(), seq },
    });

beforeEach(() => {
  vi.useFakeTimers();
  sockets.length = 0;
  answers = {
    '/api/state': state(5000),
    '/api/machines': () => answer(200, { 'query@1': {} }),
    '/api/vault': () => answer(200, NO_CONFIG.vault),
    '/api/profiles': () => answer(200, { profiles: [] }),
    '/api/policy': () => answer(200, NO_CONFIG.policy),
  };
  vi.stubGlobal('fetch', answered);
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('location', { host: '127.0.0.1:4477' });
  vi.stubGlobal('requestAnimationFrame', (call: () => void) => setTimeout(call, 0));
  vi.stubGlobal('cancelAnimationFrame', clearTimeout);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function begun(): Promise<Client> {
  const client = new Client();
  await client.start();
  return client;
}

describe("the page's link to the server", () => {
  it('fills the panel from before the state, and folds only what comes after it', async () => {
    const client = await begun();
    expect(sockets[0]!.after).toBe(4000);
    sockets[0]!.say(hello(), records(4001, 5003));
    expect(client.envelopes).toHaveLength(1003);
    expect(client.state.seq).toBe(5003);
    expect(client.state.metrics.events).toBe(3);
  });

  it('follows from the state itself once the records before it are gone, and does not ask in a circle', async () => {
    const client = await begun();
    sockets[0]!.say(hello(), { type: 'resync', reason: 'gone' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(sockets.map(({ after }) => after)).toEqual([4000, 5000]);
    sockets[1]!.say(hello());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets).toHaveLength(2);
    sockets[1]!.say({ type: 'heartbeat' });
    expect(client.link).toBe('open');
  });

  it('waits longer each time it has to resync again', async () => {
    await begun();
    for (let turn = 0; turn < 200; turn++) {
      const socket = sockets.at(-1)!;
      if (!socket.closed) socket.say(hello(), { type: 'resync', reason: 'slow' });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(sockets.length).toBeLessThan(12);
  });

  it('folds nothing behind a record that is missing', async () => {
    const client = await begun();
    sockets[0]!.say(hello(), records(4001, 5001), records(5003, 5004));
    expect(client.state.seq).toBe(5001);
    answers['/api/state'] = state(5004);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sockets.at(-1)!.after).toBe(5004);
    expect(client.state.seq).toBe(5004);
  });

  it('asks again what is kept once the tape says that it is another', async () => {
    const client = await begun();
    const opened = { ...NO_CONFIG.vault, state: 'unlocked', protection: 'passphrase' } as const;
    const profile = { profileId: 'p', name: 'shop' };
    answers['/api/vault'] = () => answer(200, opened);
    answers['/api/profiles'] = () => answer(200, { profiles: [{ profile, secrets: [], kept: 'vault' }] });
    const created = {
      ...record(5001),
      event: { type: 'vault.created', protection: 'passphrase' },
    } as Envelope;
    sockets[0]!.say(hello(), records(4001, 5000));
    expect(client.config.vault.state).toBe('absent');
    sockets[0]!.say({ type: 'events', envelopes: [created] });
    await vi.advanceTimersByTimeAsync(10);
    expect(client.config.vault).toEqual(opened);
    expect([client.profiles.length, client.isSaved('p')]).toEqual([1, true]);
  });

  it('says what is kept no earlier than the latest answer, whoever asked', async () => {
    const client = await begun();
    let late: (vault: unknown) => void = () => undefined;
    const vaults = [
      NO_CONFIG.vault,
      new Promise((resolve) => {
        late = resolve;
      }),
    ];
    answers['/api/vault'] = async () => answer(200, await vaults.shift());
    let states = '';
    const first = client.readConfig().then(() => {
      states += client.config.vault.state;
    });
    const second = client.readConfig();
    await vi.advanceTimersByTimeAsync(10);
    late({ ...NO_CONFIG.vault, state: 'unlocked' });
    await Promise.all([first, second]);
    expect(states).toBe('unlocked');
  });

  it('says that it is lost, comes back, and takes a new run for what it is', async () => {
    const client = await begun();
    sockets[0]!.say(hello());
    sockets[0]!.close();
    expect(client.link).toBe('lost');
    answers['/api/state'] = state(9000, 'run-2');
    await vi.advanceTimersByTimeAsync(1000);
    sockets.at(-1)!.say(hello('run-2'), records(8001, 9000));
    expect([client.link, client.app?.runId, client.state.seq]).toEqual(['open', 'run-2', 9000]);
  });

  it('fetches everything again when another run answers the socket', async () => {
    const client = await begun();
    answers['/api/state'] = state(9000, 'run-2');
    sockets[0]!.say(hello('run-2'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(client.app?.runId).toBe('run-2');
    expect(sockets.at(-1)!.after).toBe(8000);
  });

  it('asks for a reload while another version of the program answers, at each connection again', async () => {
    const client = await begun();
    const older: Down = { ...hello(), protocol: PROTOCOL - 1 } as Down;
    sockets[0]!.say(older);
    expect(client.denied).toMatch(/^Querytape was updated .* Reload the page\.$/);
    sockets[0]!.close();
    await vi.advanceTimersByTimeAsync(60_000);
    sockets.at(-1)!.say(older);
    expect(client.denied).toMatch(/^Querytape was updated/);
    sockets.at(-1)!.close();
    await vi.advanceTimersByTimeAsync(60_000);
    sockets.at(-1)!.say(hello());
    expect(client.denied).toBeNull();
  });

  it("says in the server's words why it is not let in, and asks seldom whether it may be now", async () => {
    let asked = 0;
    answers['/api/state'] = () => {
      asked++;
      return answer(503, { code: 'program.busy', message: 'Querytape starts.' });
    };
    const client = await begun();
    expect(client.denied).toBe('Querytape starts.');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBeLessThan(6);
    answers['/api/state'] = state(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(client.denied).toBeNull();
  });

  it.each(['cookie.missing', 'cookie.wrong', 'key.missing', 'key.wrong'])(
    'says once why it is turned away by %s, and never asks again: each time is a record',
    async (code) => {
      let asked = 0;
      answers['/api/state'] = () => {
        asked++;
        return answer(401, { code, message: 'Querytape was restarted since.' });
      };
      const client = await begun();
      await vi.advanceTimersByTimeAsync(600_000);
      expect([asked, client.denied, client.link]).toEqual([1, 'Querytape was restarted since.', 'lost']);
    },
  );
});

describe('a command', () => {
  const submit = { type: 'query.cancel', queryId: 'q' } as const;

  it('that is not valid is refused in the words of the answer', async () => {
    answers['/api/commands'] = () =>
      answer(400, { refused: { code: 'command.invalid', message: 'text: expected' } });
    expect(await new Client().command(submit)).toEqual({
      refused: { code: 'command.invalid', message: 'text: expected' },
    });
  });

  it('that got no answer is not said to be refused, and is not sent again', async () => {
    let sent = 0;
    answers['/api/commands'] = () => {
      sent++;
      throw new TypeError('Failed to fetch');
    };
    const said = await new Client().command(submit);
    expect(said).toMatchObject({
      refused: { code: 'link.lost', message: expect.stringContaining('not known') },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toBe(1);
  });

  it('says since when the program gives no sign of life, and that it does again', async () => {
    const client = new Client();
    await client.start();
    sockets[0]!.say(hello());
    for (let beat = 0; beat < 3; beat++) {
      await vi.advanceTimersByTimeAsync(WS_HEARTBEAT_MS);
      sockets[0]!.say({ type: 'heartbeat' });
    }
    expect(client.link).toBe('open');
    const heardAt = Date.now();
    await vi.advanceTimersByTimeAsync(3 * WS_HEARTBEAT_MS);
    expect(client.link).toBe('silent');
    expect(client.heardAt).toBe(heardAt);
    expect(blockedBy(client, undefined)).toMatch(/^Querytape has not answered since /);
    sockets[0]!.say({ type: 'heartbeat' });
    expect(client.link).toBe('open');
  });

  it('takes no standstill of the page for the program’s silence', async () => {
    const client = new Client();
    await client.start();
    sockets[0]!.say(hello());
    // What is due in that time is done at once, and only then what came.
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(WS_HEARTBEAT_MS / 2);
    expect(client.link).toBe('open');
  });

  it('says why a page too many is turned away', async () => {
    const client = new Client();
    await client.start();
    sockets[0]!.close(4001);
    expect(client.denied).toMatch(/^32 pages of Querytape are open/);
  });
});

describe('the first rows of a statement of this page', () => {
  const query = { queryId: 'q1', columns: 0, outcome: null, submittedAt: 1, rows: 0, state: 'executing' };
  const frame = encodeWindowHeader({
    encoding: 'postgres-datarow',
    complete: true,
    cut: false,
    columns: 2,
    from: 0,
    count: 0,
    rowsHere: 0,
  });
  const meta = { resultId: 'q1', columns: [] } as unknown as ResultMeta;
  const firstRow = (seq: number): Envelope => ({
    ...record(seq),
    actor: 'q1',
    kind: 'query',
    event: { type: 'query.firstRowArrived', afterMs: 1, columns: 2 },
    state: 'streaming',
  });
  const ended = (seq: number): Envelope => ({
    ...record(seq),
    actor: 'q1',
    kind: 'query',
    event: { type: 'query.failed', failure: { code: '42601', source: 'server' }, stopped: false } as never,
    state: 'failed',
  });
  let asked: string[];
  let frames: (() => void)[];

  beforeEach(() => {
    asked = [];
    frames = [];
    vi.stubGlobal('requestAnimationFrame', (call: () => void) => frames.push(call));
    vi.stubGlobal('cancelAnimationFrame', (frame: number) => {
      frames[frame - 1] = () => undefined;
    });
    answers['/api/state'] = () =>
      answer(200, {
        app: {
          version: '0',
          runId: 'run-1',
          processId: 1,
          unsavedProfiles: false,
          startedAt: 0,
          otlp: [],
          demoProblem: null,
        },
        profiles: [],
        health,
        state: { ...emptyState(), seq: 1, queries: { q1: { ...query } } },
      });
    answers['/api/commands'] = () => answer(200, { accepted: true, commandId: 'c', queryIds: ['q1'] });
    vi.stubGlobal('fetch', async (path: string) => {
      if (!path.includes('/results/')) return answered(path);
      asked.push(path);
      const bytes = withMeta(frame, meta);
      return { ...answer(200, null), arrayBuffer: async () => bytes.buffer };
    });
  });

  it('are drawn with their columns as they arrive: no frame is waited for, and nothing is asked', async () => {
    const client = await begun();
    let changes = 0;
    client.addEventListener('change', () => {
      changes++;
    });
    await client.command({ type: 'query.submit', sessionId: 's', tabId: 't', text: 'select 1' });
    sockets[0]!.say(hello(), records(1, 1));
    expect(asked).toEqual([]);
    changes = 0;
    sockets[0]!.say({ type: 'events', envelopes: [firstRow(2)] });
    for (const frame of frames) frame();
    expect(changes).toBe(0);
    sockets[0]!.send(withMeta(frame, meta));
    expect(changes).toBe(1);
    // The frame that was asked for has nothing left to say.
    for (const frame of frames) frame();
    expect(changes).toBe(1);
    expect(client.takeFirstWindow('q1', 'succeeded')?.meta).toEqual(meta);
    expect(asked).toEqual([]);
  });

  it('are asked for where the program sent none', async () => {
    const client = await begun();
    expect(client.takeFirstWindow('q1', null)).toBeUndefined();
    expect((await client.firstWindow('q1')).meta).toEqual(meta);
    expect(asked).toEqual(['/api/results/q1/rows?from=0&count=200&meta=true']);
  });

  const draw = () => {
    for (const frame of frames.splice(0)) frame();
  };

  /** Submits a statement, and counts the changes that come after the answer. */
  async function submitted(): Promise<() => number> {
    const client = await begun();
    sockets[0]!.say(hello());
    await client.command({ type: 'query.submit', sessionId: 's', tabId: 't', text: 'select 1' });
    let changes = 0;
    client.addEventListener('change', () => {
      changes++;
    });
    return () => changes;
  }

  it('are drawn with what comes shortly before them, so that a quick statement is drawn once', async () => {
    const changes = await submitted();
    draw();
    sockets[0]!.say(records(1, 1));
    draw();
    sockets[0]!.say({ type: 'events', envelopes: [firstRow(2)] });
    draw();
    expect(changes()).toBe(0);
    sockets[0]!.send(withMeta(frame, meta));
    expect(changes()).toBe(1);
    // What comes later is drawn in the next frame.
    sockets[0]!.say(records(3, 3));
    draw();
    expect(changes()).toBe(2);
  });

  it('hold back nothing for long: a statement that takes its time is shown as running', async () => {
    const changes = await submitted();
    sockets[0]!.say(records(1, 1));
    await vi.advanceTimersByTimeAsync(200);
    expect(changes()).toBe(1);
    sockets[0]!.say(records(2, 2));
    draw();
    expect(changes()).toBe(2);
  });

  it('of a statement that took its time are drawn with their record, too', async () => {
    const changes = await submitted();
    sockets[0]!.say(records(1, 1));
    await vi.advanceTimersByTimeAsync(200);
    expect(changes()).toBe(1);
    sockets[0]!.say({ type: 'events', envelopes: [firstRow(2)] });
    draw();
    expect(changes()).toBe(1);
    sockets[0]!.send(withMeta(frame, meta));
    expect(changes()).toBe(2);
  });

  it('that were not sent hold back their record no longer than others', async () => {
    const changes = await submitted();
    sockets[0]!.say(records(1, 1), { type: 'events', envelopes: [firstRow(2)] });
    await vi.advanceTimersByTimeAsync(100);
    expect(changes()).toBe(1);
    sockets[0]!.say(records(3, 3));
    draw();
    expect(changes()).toBe(2);
  });

  it('hold back nothing once the statement has ended without any', async () => {
    const changes = await submitted();
    sockets[0]!.say(records(1, 1), { type: 'events', envelopes: [ended(2)] });
    draw();
    expect(changes()).toBe(1);
  });
});
