import type { WebSocket } from 'ws';
import type { Envelope } from '../events/envelope.ts';
import { envelopeJson } from '../events/envelope-json.ts';
import { WS_CLIENTS_MAX, WS_HEARTBEAT_MS } from '../events/limits.ts';
import { PROTOCOL } from '../events/protocol-version.ts';
import { FirstResults } from '../events/views/first-results.ts';
import { PAGE_ROWS, withMeta, withoutRows } from '../events/window-frame.ts';
import type { Down } from '../events/wire.ts';
import type { App, ReadableResult } from './app.ts';
import {
  FIRST_WINDOW_BYTES_MAX,
  WS_BACKLOG_BYTES,
  WS_BEHIND_MAX,
  WS_JOINED_MAX,
  WS_PING_MS,
} from './limits.ts';
import type { TabClaims } from './tab-claims.ts';

/** WebSocket close code after a `resync`: fetch the state again and come back. */
const CLOSE_RESYNC = 4000;
const CLOSE_FULL = 4001;

interface Reader {
  readonly socket: WebSocket;
  /** Null for one that is no page. */
  readonly pageId: string | null;
  /** Of what its page has submitted. */
  readonly firstResults: FirstResults;
  /** The last seq sent; records come without a gap from here. */
  sent: number;
  /** Live batches wait until the reader has been given what is on disk before them. */
  backlog: (readonly Envelope[])[] | null;
  /** Has not answered the last ping. */
  isSilent: boolean;
}

/**
 * Sends committed records to every open page, each from its requested position, without a gap. Waits for no
 * page. What is committed in one turn of the event loop is one message, sent at the turn's end: so what waits for a
 * record to be durable, such as a statement that may be sent now, does not wait for the sockets of pages too.
 */
export class EventsFeed {
  private readonly readers = new Set<Reader>();
  /** Committed in this turn and not published yet. */
  private committed: Envelope[] = [];
  private turnEnd: NodeJS.Immediate | null = null;
  private readonly timers: readonly NodeJS.Timeout[];

  constructor(
    private readonly app: App,
    private readonly claims: TabClaims,
  ) {
    const beat = (): void => {
      for (const { socket } of this.readers) say(socket, { type: 'heartbeat' });
    };
    // By themselves they keep no process alive.
    this.timers = [
      setInterval(beat, WS_HEARTBEAT_MS).unref(),
      setInterval(() => this.ping(), WS_PING_MS).unref(),
    ];
    app.committed.subscribe((envelopes) => this.take(envelopes));
    app.healthChanges.subscribe((health) => {
      for (const { socket } of this.readers) say(socket, { type: 'health', health });
    });
  }

  /**
   * Serves a new WebSocket from the record after `after`. A page that names itself keeps its tabs while it is
   * open.
   */
  async join(socket: WebSocket, after: number, pageId: string | null): Promise<void> {
    const { app } = this;
    if (this.readers.size >= WS_CLIENTS_MAX) return socket.close(CLOSE_FULL, 'too many open pages');
    const reader: Reader = {
      socket,
      pageId,
      firstResults: new FirstResults(),
      sent: after,
      backlog: [],
      isSilent: false,
    };
    this.readers.add(reader);
    if (pageId !== null) this.claims.pageOpened(pageId);
    socket.on('close', () => {
      this.readers.delete(reader);
      if (pageId !== null) this.claims.pageClosed(pageId);
    });
    socket.on('error', () => socket.terminate());
    socket.on('ping', (asked) => {
      // Whoever asks on and reads nothing would fill the memory with answers.
      if (socket.bufferedAmount > WS_BACKLOG_BYTES) socket.terminate();
      else socket.pong(asked);
    });
    socket.on('pong', () => {
      reader.isSilent = false;
    });
    say(socket, { type: 'hello', protocol: PROTOCOL, runId: app.runId, health: app.health() });
    const to = app.durableSeq;
    if (after > to || after + 1 < app.firstSeq) return this.resync(reader, 'gone');
    if (to - after > WS_BEHIND_MAX) return this.resync(reader, 'far');
    try {
      if (after < to)
        for await (const envelopes of app.read(after + 1, to)) {
          if (!this.readers.has(reader)) return;
          this.send(reader, envelopes);
        }
    } catch {
      return this.resync(reader, 'gone');
    }
    for (const envelopes of reader.backlog ?? []) {
      if (!this.readers.has(reader)) return;
      this.send(reader, envelopes);
    }
    reader.backlog = null;
  }

  /** A page has submitted a script: it is sent the first window of its first result behind the record that says so. */
  expect(pageId: string, queryIds: readonly string[]): void {
    for (const reader of this.readers) {
      if (reader.pageId !== pageId) continue;
      reader.firstResults.expect(queryIds);
      this.sendFirstRows(reader);
    }
  }

  /**
   * Closes the sockets that have not answered the ping of before: what holds them runs no more, or reads no
   * more.
   */
  private ping(): void {
    for (const reader of this.readers) {
      const wasSilent = reader.isSilent;
      reader.isSilent = true;
      if (wasSilent) reader.socket.terminate();
      else reader.socket.ping();
    }
  }

  private take(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) this.committed.push(envelope);
    if (this.committed.length >= WS_JOINED_MAX) this.flush();
    else this.turnEnd ??= setImmediate(() => this.flush());
  }

  /** Publishes what is committed now, without waiting for the end of the turn. */
  flush(): void {
    if (this.turnEnd !== null) clearImmediate(this.turnEnd);
    this.turnEnd = null;
    const envelopes = this.committed;
    this.committed = [];
    if (envelopes.length > 0) this.publish(envelopes);
  }

  /** Publishes what is committed, and pings no more. The sockets are closed by the server they came by. */
  close(): void {
    this.flush();
    for (const timer of this.timers) clearInterval(timer);
  }

  private publish(envelopes: readonly Envelope[]): void {
    let text: string | undefined;
    for (const reader of this.readers) {
      if (reader.backlog) {
        // It gets what is on disk more slowly than records come.
        if (envelopes.at(-1)!.seq - reader.sent > WS_BEHIND_MAX) this.resync(reader, 'far');
        else reader.backlog.push(envelopes);
      } else if (reader.sent + 1 === envelopes[0]!.seq) {
        text ??= eventsText(envelopes);
        this.deliver(reader, text, envelopes);
      } else {
        this.send(reader, envelopes);
      }
      this.sendFirstRows(reader);
    }
  }

  private send(reader: Reader, envelopes: readonly Envelope[]): void {
    const fresh = envelopes.filter(({ seq }) => seq > reader.sent);
    if (fresh.length > 0) this.deliver(reader, eventsText(fresh), fresh);
  }

  private deliver(reader: Reader, text: string, envelopes: readonly Envelope[]): void {
    if (reader.socket.bufferedAmount > WS_BACKLOG_BYTES) {
      this.resync(reader, 'slow');
      return;
    }
    reader.socket.send(text);
    reader.sent = envelopes.at(-1)!.seq;
  }

  private sendFirstRows(reader: Reader): void {
    if (reader.backlog || !reader.firstResults.isWaiting) return;
    for (const { queryId } of reader.firstResults.look(this.app.state().queries)) {
      // The first result has its query's id. A page that is sent none asks for it, and is then told why.
      const result = this.app.result(queryId);
      if (result)
        void firstWindow(result)
          .then((bytes) => sendBytes(reader.socket, bytes))
          .catch(() => undefined);
    }
  }

  private resync(reader: Reader, reason: 'slow' | 'gone' | 'far'): void {
    this.readers.delete(reader);
    say(reader.socket, { type: 'resync', reason });
    reader.socket.close(CLOSE_RESYNC, reason);
  }
}

function say(socket: WebSocket, message: Down): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

function sendBytes(socket: WebSocket, bytes: Uint8Array): void {
  if (socket.readyState === socket.OPEN && socket.bufferedAmount <= WS_BACKLOG_BYTES) socket.send(bytes);
}

/** What a result is like, and its first rows unless they are too many bytes to send them unasked. */
async function firstWindow(result: ReadableResult): Promise<Uint8Array> {
  const frame = await result.window(0, PAGE_ROWS);
  return withMeta(frame.length > FIRST_WINDOW_BYTES_MAX ? withoutRows(frame) : frame, result.meta());
}

/** The message of `wire.ts` with these records, as text. */
function eventsText(envelopes: readonly Envelope[]): string {
  return `{"type":"events","envelopes":[${envelopes.map(envelopeJson).join(',')}]}`;
}
