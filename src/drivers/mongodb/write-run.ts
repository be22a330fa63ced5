import { BSON, MongoServerError, ObjectId } from 'mongodb';
import { DriverError } from '../driver.ts';
import { documentsAt, numberAt } from './bson-reader.ts';
import { infoText, serverFailure } from './failure.ts';
import { type OperationLink, tellWriteConcern } from './operation-link.ts';
import {
  commandName,
  type Document,
  documentOf,
  isDocument,
  type Operation,
  type Value,
  type Values,
} from './statement/operation.ts';
import { integerValue } from './statement/whole-number.ts';

type Writes = Extract<Operation, { type: 'command' }>;

/** A write that the server refused. `index` counts the writes of the whole statement from 0. */
interface WriteError {
  readonly index: number;
  readonly code: number | undefined;
  readonly errmsg: string;
  readonly errInfo: object | undefined;
}

/** One command of writes, as it was sent. */
interface Sent {
  readonly name: string;
  /** How many writes of the statement were sent before it. */
  readonly before: number;
  /** The ids of the documents that it inserts. */
  readonly ids: readonly Value[];
  readonly ordered: boolean;
}

/** What writes did, counted over all commands. */
class Written {
  inserted = 0;
  matched = 0;
  modified = 0;
  deleted = 0;
  readonly insertedIds: Value[] = [];
  readonly upsertedIds: Value[] = [];
  readonly errors: WriteError[] = [];

  take({ name, before, ids, ordered }: Sent, reply: Uint8Array): void {
    const n = numberAt(reply, 'n') ?? 0;
    const upserted = documentsAt(reply, 'upserted');
    for (const one of upserted) this.upsertedIds.push(valueAt(one, '_id'));
    if (name === 'insert') this.inserted += n;
    else if (name === 'delete') this.deleted += n;
    else this.matched += n - upserted.length;
    this.modified += numberAt(reply, 'nModified') ?? 0;
    const errors = documentsAt(reply, 'writeErrors').map(errorOf);
    const failed = new Set(errors.map(({ index }) => index));
    // After the first error the server tries nothing more, unless the write is unordered.
    const end = ordered && errors.length > 0 ? Math.min(...failed) : ids.length;
    this.insertedIds.push(...ids.filter((_id, index) => index < end && !failed.has(index)));
    this.errors.push(...errors.map((error) => ({ ...error, index: before + error.index })));
  }

  get touched(): number {
    return this.inserted + this.matched + this.upsertedIds.length + this.deleted;
  }
}

function errorOf(bytes: Uint8Array): WriteError {
  const { code, errmsg, errInfo } = BSON.deserialize(bytes) as Partial<WriteError>;
  return { index: numberAt(bytes, 'index') ?? 0, code, errmsg: errmsg ?? '', errInfo };
}

function valueAt(bytes: Uint8Array, name: string): Value {
  return BSON.deserialize(bytes, { promoteValues: false, promoteBuffers: false, bsonRegExp: true })[
    name
  ] as Value;
}

/**
 * Runs the commands of writes, one after the other, and tells what they did as one document; gives the number of documents
 * that they touched. Where some writes failed and others did not, or a cancel came between two commands, that document comes too,
 * with every error in it.
 * @throws DriverError with the server's first word on a write that failed, or for a cancel; MongoServerError for a command that was refused
 */
export async function runWrites(
  { database, commands, ordered, reply }: Writes,
  link: OperationLink,
): Promise<number> {
  const written = new Written();
  const names = new Set<string>();
  const one = reply.shape === 'written' && reply.one;
  const tell = async (): Promise<void> => {
    const output = link.output(null);
    await output.writeOne(summary(written, names, one));
    output.finish();
  };
  let before = 0;
  for (const command of commands) {
    const name = commandName(command);
    const { sent, ids } = name === 'insert' ? withIds(command) : { sent: command, ids: [] };
    let bytes: Uint8Array;
    try {
      bytes = await link.send(database, sent);
    } catch (error) {
      const isAnswered = error instanceof MongoServerError || error instanceof DriverError;
      if (written.touched > 0 && isAnswered) await tell();
      throw error;
    }
    names.add(name);
    tellWriteConcern(bytes, link);
    written.take({ name, before, ids, ordered: command.get('ordered') !== false }, bytes);
    before += writesOf(command);
    if (written.errors.length > 0 && ordered) break;
  }
  const { errors, touched } = written;
  if (errors.length === 0 || touched > 0 || errors.length > 1) await tell();
  if (errors.length > 0) throw writeError(written);
  return touched;
}

/** How many writes a command holds: the length of the array that is its second field. */
function writesOf(command: Document): number {
  const [, writes] = command.values();
  return Array.isArray(writes) ? writes.length : 0;
}

/** Documents without an id get theirs here, as the shell does it: so that it can be reported. */
function withIds(command: Document): { readonly sent: Document; readonly ids: readonly Value[] } {
  const ids: Value[] = [];
  const documents = (command.get('documents') as Values).map((document) => {
    if (!isDocument(document)) return document;
    const own = document.has('_id')
      ? document
      : new Map<string, Value>([['_id', new ObjectId()], ...document]);
    ids.push(own.get('_id')!);
    return own;
  });
  return { sent: new Map([...command, ['documents', documents]]), ids };
}

/** What mongosh shows: the counts of what was asked for, and the writes that failed. */
function summary(written: Written, names: ReadonlySet<string>, one: boolean): Document {
  const { inserted, matched, modified, deleted, insertedIds, upsertedIds, errors } = written;
  const pairs: [string, Value][] = [['acknowledged', true]];
  const count = (name: string, value: number): void => void pairs.push([name, integerValue(BigInt(value))]);
  if (names.has('insert')) {
    if (one) pairs.push(['insertedId', insertedIds[0] ?? null]);
    else {
      count('insertedCount', inserted);
      pairs.push(['insertedIds', insertedIds]);
    }
  }
  if (names.has('update')) {
    count('matchedCount', matched);
    count('modifiedCount', modified);
    count('upsertedCount', upsertedIds.length);
    if (upsertedIds.length > 0)
      pairs.push(one ? ['upsertedId', upsertedIds[0]!] : ['upsertedIds', upsertedIds]);
  }
  if (names.has('delete')) count('deletedCount', deleted);
  if (errors.length > 0) pairs.push(['writeErrors', errors.map(errorDocument)]);
  return documentOf(pairs);
}

function errorDocument({ index, code, errmsg }: WriteError): Document {
  return documentOf([
    ['index', new BSON.Int32(index)],
    ['code', code === undefined ? undefined : new BSON.Int32(code)],
    ['errmsg', errmsg],
  ]);
}

/** Errors that are listed in words; the rest is in the result. */
const ERRORS_TOLD_MAX = 20;

/** The first write that failed; what was written before stays, and how much that is, is said. */
function writeError({ errors, touched }: Written): DriverError {
  const [{ code, errmsg, errInfo }] = errors as [WriteError];
  const isAlone = touched === 0 && errors.length === 1;
  const failed = `${errors.length} write${errors.length > 1 ? 's' : ''} failed`;
  const detail = [
    ...(isAlone ? [] : [`${failed}; ${touched} document${touched === 1 ? ' was' : 's were'} written.`]),
    ...(isAlone ? [] : errors.slice(0, ERRORS_TOLD_MAX).map((one) => `Write ${one.index}: ${one.errmsg}`)),
    ...infoText(errInfo),
  ].join('\n');
  return new DriverError(serverFailure(code, errmsg, detail));
}
