import type { Doc } from './bson.ts';
import { CommandError } from './command-error.ts';
import type { RunningOperation } from './operations.ts';
import { bytesOf } from './storage.ts';

/** What a reply may hold (MongoDB manual, "MongoDB Limits and Thresholds"). */
const BATCH_BYTES = 16 * 1024 * 1024;
/** What find and aggregate give where no number is given. */
export const FIRST_BATCH = 101;
/** Documents between two looks at whether it was killed. */
const STRIDE = 256;

interface Cursor {
  readonly namespace: string;
  readonly session: string;
  readonly docs: Iterator<Doc>;
  /** A document that found no room in the last batch. */
  waiting: Doc | null;
}

/** The open cursors of a server. */
export class Cursors {
  private next = 7_000_000_000n;
  private readonly open = new Map<bigint, Cursor>();

  /** The first batch of documents, and the cursor's id where more are to come. */
  async begin(
    docs: Iterable<Doc>,
    namespace: string,
    options: { readonly batchSize: number; readonly isSingle?: boolean },
    operation: RunningOperation,
  ): Promise<Record<string, unknown>> {
    const cursor: Cursor = {
      namespace,
      session: operation.session,
      docs: docs[Symbol.iterator](),
      waiting: null,
    };
    const { batch, isDone } = await take(cursor, options.batchSize, operation);
    let id = 0n;
    if (!isDone && !options.isSingle) {
      id = this.next++;
      this.open.set(id, cursor);
    }
    return { cursor: { id, ns: namespace, firstBatch: batch }, ok: 1 };
  }

  async more(id: bigint, batchSize: number, operation: RunningOperation): Promise<Record<string, unknown>> {
    const cursor = this.open.get(id);
    if (!cursor) throw new CommandError(43, 'CursorNotFound', `cursor id ${id} not found`);
    try {
      const { batch, isDone } = await take(cursor, batchSize, operation);
      if (isDone) this.open.delete(id);
      return { cursor: { id: isDone ? 0n : id, ns: cursor.namespace, nextBatch: batch }, ok: 1 };
    } catch (error) {
      this.open.delete(id);
      throw error;
    }
  }

  kill(ids: readonly bigint[]): Record<string, unknown> {
    const killed = ids.filter((id) => this.open.delete(id));
    const notFound = ids.filter((id) => !killed.includes(id));
    return { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
  }

  endSession(session: string): void {
    for (const [id, cursor] of this.open) if (cursor.session === session) this.open.delete(id);
  }

  drop(): void {
    this.open.clear();
  }

  get size(): number {
    return this.open.size;
  }
}

async function take(
  cursor: Cursor,
  batchSize: number,
  operation: RunningOperation,
): Promise<{ batch: Buffer[]; isDone: boolean }> {
  const batch: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    if (batch.length % STRIDE === 0) await operation.breathe();
    if (batch.length >= batchSize) return { batch, isDone: false };
    const doc = cursor.waiting ?? next(cursor.docs);
    cursor.waiting = null;
    if (!doc) return { batch, isDone: true };
    const one = bytesOf(doc);
    if (batch.length > 0 && bytes + one.length > BATCH_BYTES) {
      cursor.waiting = doc;
      return { batch, isDone: false };
    }
    batch.push(one);
    bytes += one.length;
  }
}

function next(docs: Iterator<Doc>): Doc | null {
  const { done, value } = docs.next();
  return done ? null : value;
}
