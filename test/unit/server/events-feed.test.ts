import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Envelope } from '../../../src/events/envelope.ts';
import { EventsFeed } from '../../../src/server/events-feed.ts';
import { WS_JOINED_MAX } from '../../../src/server/limits.ts';
import { TabClaims } from '../../../src/server/tab-claims.ts';
import { Pending } from '../../../src/store/tape/pending.ts';
import { appDouble } from './app-double.ts';

class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  readonly bufferedAmount = 0;
  readonly sent: { type: string; envelopes?: Envelope[] }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  /** The seqs of each message of records. */
  get messages(): number[][] {
    return this.sent.flatMap(({ envelopes }) => (envelopes ? [envelopes.map(({ seq }) => seq)] : []));
  }
}

const record = (seq: number) => ({ seq, event: { type: 'request.refused', code: 'x' } }) as Envelope;
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function world() {
  const committed = new Subject<readonly Envelope[]>();
  const feed = new EventsFeed(appDouble({ committed, durableSeq: 3 }), new TabClaims());
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
    const feed = new EventsFeed(app, new TabClaims());
    committed.next([record(4), record(5)]);
    const socket = new FakeSocket();
    const joined = feed.join(socket as unknown as WebSocket, 3, null);
    committed.next([record(6)]);
    await joined;
    await turn();
    expect(socket.messages.flat()).toEqual([4, 5, 6]);
  });
});
