import { ObjectId } from 'mongodb';
import { type Doc, decode, encode } from './bson.ts';
import { CommandError, writeConflict } from './command-error.ts';
import { keyOf } from './compare.ts';
import type { RunningOperation } from './operations.ts';

/** The bytes that a stored document came as, so that it goes back as it came. */
const BYTES = new WeakMap<Doc, Buffer>();

/** A document's bytes. */
export function bytesOf(doc: Doc): Buffer {
  return BYTES.get(doc) ?? encode(doc);
}

interface Stored {
  readonly doc: Doc;
  readonly version: number;
}

/** A transaction: what it wrote, which no one else sees before its commit. */
export class Transaction {
  readonly writes = new Map<Collection, Map<string, Doc | null>>();
  isOpen = true;

  constructor(
    readonly number: bigint,
    /** The clock's time when it began. */
    readonly startedAt: number,
  ) {}

  commit(): void {
    for (const [collection, writes] of this.writes)
      for (const [key, doc] of writes) collection.apply(key, doc);
    this.end();
  }

  end(): void {
    this.isOpen = false;
    for (const [collection, writes] of this.writes) for (const key of writes.keys()) collection.unlock(key);
    this.writes.clear();
  }
}

/** Documents of one collection, or what a view is of. */
export class Collection {
  private readonly docs = new Map<string, Stored>();
  private readonly locks = new Map<string, Transaction>();
  readonly indexes: Doc[] = [
    new Map<string, unknown>([
      ['v', 2],
      ['key', new Map([['_id', 1]])],
      ['name', '_id_'],
    ]),
  ];

  constructor(
    readonly storage: Storage,
    readonly database: string,
    public name: string,
    readonly options: Doc,
  ) {}

  get view(): { readonly on: string; readonly pipeline: readonly Doc[] } | null {
    const on = this.options.get('viewOn');
    return on === undefined ? null : { on: `${on}`, pipeline: (this.options.get('pipeline') ?? []) as Doc[] };
  }

  get size(): number {
    return this.docs.size;
  }

  /** What a reader sees: what is committed, and what its own transaction wrote. */
  *read(transaction: Transaction | null): Iterable<Doc> {
    const own = transaction?.writes.get(this);
    for (const [key, { doc }] of this.docs) {
      const mine = own?.get(key);
      if (mine === undefined) yield doc;
      else if (mine !== null) yield mine;
    }
    if (own) for (const [key, doc] of own) if (doc && !this.docs.has(key)) yield doc;
  }

  find(id: unknown, transaction: Transaction | null): Doc | null {
    const key = keyOf(id);
    const mine = transaction?.writes.get(this)?.get(key);
    return mine === undefined ? (this.docs.get(key)?.doc ?? null) : mine;
  }

  /** Inserts the bytes as they are; a document without an id gets one. @throws CommandError 11000 */
  async insert(bytes: Uint8Array, operation: RunningOperation): Promise<void> {
    const given = decode(bytes);
    const hasId = given.has('_id');
    const doc = hasId ? given : new Map<string, unknown>([['_id', new ObjectId()], ...given]);
    BYTES.set(doc, hasId ? Buffer.from(bytes) : encode(doc));
    const key = keyOf(doc.get('_id'));
    await this.free(key, operation);
    if (this.find(doc.get('_id'), operation.transaction)) throw this.duplicate('_id_', doc, ['_id']);
    this.unique(doc, null, operation.transaction);
    this.write(key, doc, operation.transaction);
  }

  /** Puts a document in the place of one, or removes it. @throws CommandError for a conflict */
  async replace(old: Doc, doc: Doc | null, operation: RunningOperation): Promise<void> {
    const key = keyOf(old.get('_id'));
    await this.free(key, operation);
    if (doc) this.unique(doc, old, operation.transaction);
    this.write(key, doc, operation.transaction);
  }

  apply(key: string, doc: Doc | null): void {
    if (doc) this.docs.set(key, { doc, version: ++this.storage.clock });
    else this.docs.delete(key);
  }

  unlock(key: string): void {
    this.locks.delete(key);
  }

  private write(key: string, doc: Doc | null, transaction: Transaction | null): void {
    if (!transaction) {
      this.apply(key, doc);
      return;
    }
    this.locks.set(key, transaction);
    const writes = transaction.writes.get(this) ?? new Map<string, Doc | null>();
    transaction.writes.set(this, writes.set(key, doc));
  }

  /** A transaction fails at once where another one was first; a write outside of any waits for it. */
  private async free(key: string, operation: RunningOperation): Promise<void> {
    const { transaction } = operation;
    for (;;) {
      const lock = this.locks.get(key);
      const isChanged = transaction !== null && (this.docs.get(key)?.version ?? 0) > transaction.startedAt;
      if (transaction && ((lock && lock !== transaction) || isChanged)) throw writeConflict();
      if (!lock || lock === transaction) return;
      await operation.sleep(2);
    }
  }

  private unique(doc: Doc, old: Doc | null, transaction: Transaction | null): void {
    for (const index of this.indexes) {
      if (index.get('unique') !== true) continue;
      const names = [...(index.get('key') as Doc).keys()];
      const key = (one: Doc): string => keyOf(names.map((name) => one.get(name) ?? null));
      for (const other of this.read(transaction))
        if (other !== old && key(other) === key(doc))
          throw this.duplicate(`${index.get('name')}`, doc, names);
    }
  }

  private duplicate(index: string, doc: Doc, names: readonly string[]): CommandError {
    const values = names.map((name) => `${name}: ${JSON.stringify(doc.get(name))}`).join(', ');
    return new CommandError(
      11000,
      'DuplicateKey',
      `E11000 duplicate key error collection: ${this.database}.${this.name} index: ${index} dup key: { ${values} }`,
    );
  }
}

/** All databases of a server. */
export class Storage {
  clock = 0;
  readonly databases = new Map<string, Map<string, Collection>>();

  get(database: string, name: string): Collection | undefined {
    return this.databases.get(database)?.get(name);
  }

  /** The collection, made where there is none: a server makes it with its first document. */
  made(database: string, name: string, options: Doc = new Map()): Collection {
    const collections = this.databases.get(database) ?? new Map<string, Collection>();
    this.databases.set(database, collections);
    const found = collections.get(name) ?? new Collection(this, database, name, options);
    collections.set(name, found);
    return found;
  }

  drop(database: string, name: string): boolean {
    const collections = this.databases.get(database);
    const dropped = collections?.delete(name) ?? false;
    if (collections?.size === 0) this.databases.delete(database);
    return dropped;
  }
}
