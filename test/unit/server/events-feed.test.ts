import { EventEmitter } from 'node:events';
import { firstValueFrom, Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { ResultMeta } from '../../../src/events/result.ts';
import type { QueryView } from '../../../src/events/views/query-view.ts';
import { emptyState } from '../../../src/events/views/state.ts';
import { decodeWindow, encodeWindowHeader, metaOf, PAGE_ROWS } from '../../../src/events/window-frame.ts';
import type { ReadableResult } from '../../../src/server/app.ts';
import { EventsFeed } from '../../../src/server/events-feed.ts';
import {
  FIRST_WINDOW_BYTES_MAX,
  WS_BACKLOG_BYTES,
  WS_BEHIND_MAX,
  WS_JOINED_MAX,
} from '../../../src/server/limits.ts';
import { TabClaims } from '../../../src/server/tab-claims.ts';
import { Pending } from '../../../src/store/tape/pending.ts';
import { appDouble } from './app-double.ts';

class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { type: string; reason?: string; envelopes?: Envelope[] }[] = [];

  /** The binary messages. */
  readonly windows: Uint8Array[] = [];

  send(data: string | Uint8Array): void {
    if (typeof data === 'string') this.sent.push(JSON.parse(data));
    else this.windows.push(data);
  }

  close(): void {
    this.readyState = 2;
  }

  /** The seqs of each message of records. */
  get messages(): number[][] {
    return this.sent.flatMap(({ envelopes }) => (envelopes ? [envelopes.map(({ seq }) => seq)] : []));
  }
}

const record = (seq: number) => ({ seq, event: { type: 'request.refused', code: 'x' } }) as Envelope;
const turn = () => new Promise((resolve) => setImmediate(resolve));

const feeds: EventsFeed[] = [];
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.close();
});

/** A feed that is closed after its test, so that it pings no socket of it. */
function feedOf(...inputs: ConstructorParameters<typeof EventsFeed>): EventsFeed {
  const feed = new EventsFeed(...inputs);
  feeds.push(feed);
  return feed;
}

async function world() {
  const committed = new Subject<readonly Envelope[]>();
  const feed = feedOf(appDouble({ committed, durableSeq: 3 }), new TabClaims());
  const socket = new FakeSocket();
  await feed.join(socket as unknown as WebSocket, 3, null);
  return { committed, feed, socket };
}

describe('the feed of events', () => {
  it('sends what is committed in one turn of the event loop as one message', async () => {
    const { committed, socket } = await world();
    committed.next([record(4)]);
    committed.next([record(5), record(6)]);
    await turn();
    committed.next([record(7)]);
    await turn();
    expect(socket.messages).toEqual([[4, 5, 6], [7]]);
  });

  it('sends the text that the tape has made of a record, to each page', async () => {
    const { committed, feed, socket } = await world();
    const other = new FakeSocket();
    await feed.join(other as unknown as WebSocket, 3, null);
    let written = 0;
    const event = { toJSON: () => ({ type: `written ${++written} times` }) };
    const envelope = { seq: 4, event } as unknown as Envelope;
    new Pending(10, 10).push(envelope);
    committed.next([envelope]);
    await turn();
    const once = { type: 'events', envelopes: [{ seq: 4, event: { type: 'written 1 times' } }] };
    expect([socket.sent.at(-1), other.sent.at(-1)]).toEqual([once, once]);
  });

  it('sends after what waits for the commit has gone on', async () => {
    const { committed, socket } = await world();
    const order: string[] = [];
    socket.send = () => order.push('sent to the page');
    committed.next([record(4)]);
    await Promise.resolve().then(() => order.push('what waits for it'));
    await turn();
    expect(order).toEqual(['what waits for it', 'sent to the page']);
  });

  it('joins no more records than a message may have', async () => {
    const { committed, socket } = await world();
    for (let seq = 4; seq < 4 + WS_JOINED_MAX; seq++) committed.next([record(seq)]);
    expect(socket.messages.map(({ length }) => length)).toEqual([WS_JOINED_MAX]);
    await turn();
    expect(socket.messages).toHaveLength(1);
  });

  it('sends the last records at once when it is to close', async () => {
    const { committed, feed, socket } = await world();
    committed.next([record(4)]);
    feed.flush();
    expect(socket.messages).toEqual([[4]]);
    await turn();
    expect(socket.messages).toEqual([[4]]);
  });

  it('gives a page that joins between a commit and its sending each record once', async () => {
    const committed = new Subject<readonly Envelope[]>();
    const app = appDouble({
      committed,
      durableSeq: 5,
      async *read(from, to) {
        yield [4, 5].filter((seq) => seq >= from && seq <= to).map(record);
      },
    });
    const feed = feedOf(app, new TabClaims());
    committed.next([record(4), record(5)]);
    const socket = new FakeSocket();
    const joined = feed.join(socket as unknown as WebSocket, 3, null);
    committed.next([record(6)]);
    await joined;
    await turn();
    expect(socket.messages.flat()).toEqual([4, 5, 6]);
  });

  /** A page that joins behind record 3 while `read` gives it records 4 to `durableSeq` one by one. */
  async function joining(durableSeq: number) {
    const committed = new Subject<readonly Envelope[]>();
    const given = new Subject<void>();
    let read = 3;
    const app = appDouble({
      committed,
      durableSeq,
      async *read(from, to) {
        for (let seq = from; seq <= to; seq++) {
          await firstValueFrom(given);
          read = seq;
          yield [record(seq)];
        }
      },
    });
    const feed = feedOf(app, new TabClaims());
    const socket = new FakeSocket();
    const joined = feed.join(socket as unknown as WebSocket, 3, null);
    await turn();
    return { committed, given, socket, joined, feed, readTo: () => read };
  }

  it('holds for a page that is being given what is on disk no more than a page may be behind', async () => {
    const { committed, given, socket, joined, feed, readTo } = await joining(6);
    given.next();
    await turn();
    expect(socket.messages).toEqual([[4]]);
    for (let seq = 7; seq <= 4 + WS_BEHIND_MAX; seq++) committed.next([record(seq)]);
    feed.flush();
    expect(socket.sent.at(-1)?.type).toBe('events');
    committed.next([record(5 + WS_BEHIND_MAX)]);
    feed.flush();
    expect(socket.sent.at(-1)).toEqual({ type: 'resync', reason: 'far' });
    // What is not sent any more is not read either.
    given.next();
    await joined;
    expect([socket.messages, readTo()]).toEqual([[[4]], 5]);
  });

  it.each([
    ['has closed', (socket: FakeSocket) => socket.emit('close'), ['hello', 'events']],
    [
      'is too slow',
      (socket: FakeSocket) => {
        socket.bufferedAmount = WS_BACKLOG_BYTES + 1;
      },
      ['hello', 'events', 'resync'],
    ],
  ])('reads no further for a page that %s', async (_, end, types) => {
    const { given, socket, joined, readTo } = await joining(10);
    given.next();
    await turn();
    end(socket);
    for (let seq = 5; seq <= 10; seq++) {
      given.next();
      await turn();
    }
    await joined;
    expect(readTo()).toBeLessThan(8);
    expect(socket.sent.map(({ type }) => type)).toEqual(types);
  });
});

describe('the first rows of what a page submits', () => {
  const columns = [{ name: 'n', type: 'int4', numeric: true }];
  const meta = { resultId: 'q1', columns } as unknown as ResultMeta;
  const rowsOf = (bytes: number) =>
    Buffer.concat([
      encodeWindowHeader({
        ...({ encoding: 'postgres-datarow', complete: true, cut: false, columns: 1 } as const),
        ...{ from: 0, count: 2, rowsHere: 2 },
      }),
      Buffer.alloc(bytes, 7),
    ]);

  async function world(frame = rowsOf(10)) {
    const committed = new Subject<readonly Envelope[]>();
    const state = emptyState();
    const asked: [string, number, number][] = [];
    const result = (resultId: string) =>
      ({
        meta: () => meta,
        window: async (from: number, count: number) => {
          asked.push([resultId, from, count]);
          return frame;
        },
      }) as unknown as ReadableResult;
    const feed = feedOf(appDouble({ committed, durableSeq: 3, state: () => state, result }), new TabClaims());
    const join = async (pageId: string | null) => {
      const socket = new FakeSocket();
      await feed.join(socket as unknown as WebSocket, 3, pageId);
      return socket;
    };
    /** The tape says how far a query is. */
    const tell = async (seq: number, queryId: string, columns: number): Promise<void> => {
      state.queries[queryId] = { queryId, columns, outcome: null } as QueryView;
      committed.next([record(seq)]);
      await turn();
    };
    return { feed, join, tell, asked };
  }

  it('are sent to it behind the record of the first, with their columns, and to no other', async () => {
    const { feed, join, tell, asked } = await world();
    const [page, other, script] = [await join('page-1'), await join('page-2'), await join(null)];
    feed.expect('page-1', ['q1']);
    await tell(4, 'q1', 0);
    expect(asked).toEqual([]);
    await tell(5, 'q1', 1);
    await tell(6, 'q1', 1);
    expect(asked).toEqual([['q1', 0, PAGE_ROWS]]);
    expect(page.messages).toEqual([[4], [5], [6]]);
    expect(page.windows.map(metaOf)).toEqual([meta]);
    expect(decodeWindow(page.windows[0]!)).toMatchObject({ count: 2, complete: true });
    expect([other.windows, script.windows]).toEqual([[], []]);
  });

  it('are sent at once where the record came before the answer to the submission', async () => {
    const { feed, join, tell } = await world();
    const page = await join('page-1');
    await tell(4, 'q1', 1);
    expect(page.windows).toEqual([]);
    feed.expect('page-1', ['q1']);
    await turn();
    expect(page.windows).toHaveLength(1);
  });

  it('stay behind where they are too many bytes: what they are like is sent', async () => {
    const { feed, join, tell } = await world(rowsOf(FIRST_WINDOW_BYTES_MAX));
    const page = await join('page-1');
    feed.expect('page-1', ['q1']);
    await tell(4, 'q1', 1);
    expect(page.windows.map(metaOf)).toEqual([meta]);
    expect(decodeWindow(page.windows[0]!)).toMatchObject({ count: 0, rowsHere: 2 });
  });
});
