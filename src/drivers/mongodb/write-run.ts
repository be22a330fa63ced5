import { BSON, ObjectId } from 'mongodb';
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

type Writes = Extract<Operation, { type: 'command' }>;

/** What writes did, counted over all commands. */
class Written {
  inserted = 0;
  matched = 0;
  modified = 0;
  deleted = 0;
  readonly insertedIds: Value[] = [];
  readonly upsertedIds: Value[] = [];
  readonly errors: Uint8Array[] = [];

  take(name: string, reply: Uint8Array): void {
    const n = numberAt(reply, 'n') ?? 0;
    const upserted = documentsAt(reply, 'upserted');
    for (const one of upserted) this.upsertedIds.push(valueAt(one, '_id'));
    if (name === 'insert') this.inserted += n;
    else if (name === 'delete') this.deleted += n;
    else this.matched += n - upserted.length;
    this.modified += numberAt(reply, 'nModified') ?? 0;
    this.errors.push(...documentsAt(reply, 'writeErrors'));
  }

  get touched(): number {
    return this.inserted + this.matched + this.upsertedIds.length + this.deleted;
  }
}

function valueAt(bytes: Uint8Array, name: string): Value {
  return BSON.deserialize(bytes, { promoteValues: false, promoteBuffers: false, bsonRegExp: true })[
    name
  ] as Value;
}

/**
 * Runs the commands of writes, one after the other, and tells what they did as one document; gives the number of documents
 * that they touched. @throws DriverError with the server's first word on a write that failed
 */
export async function runWrites(
  { database, commands, ordered, reply }: Writes,
  link: OperationLink,
): Promise<number> {
  const written = new Written();
  const names = new Set<string>();
  for (const command of commands) {
    const name = commandName(command);
    names.add(name);
    const sent = name === 'insert' ? withIds(command, written.insertedIds) : command;
    const bytes = await link.send(database, sent);
    tellWriteConcern(bytes, link);
    written.take(name, bytes);
    if (written.errors.length > 0 && ordered) break;
  }
  if (written.errors.length > 0) throw writeError(written);
  const output = link.output(null);
  const one = reply.shape === 'written' && reply.one;
  await output.writeOne(summary(written, names, one));
  output.finish();
  return written.touched;
}

/** Documents without an id get theirs here, as the shell does it: so that it can be told. */
function withIds(command: Document, ids: Value[]): Document {
  const documents = (command.get('documents') as Values).map((document) => {
    if (!isDocument(document)) return document;
    const id = document.get('_id') ?? null;
    const own = document.has('_id')
      ? document
      : new Map<string, Value>([['_id', new ObjectId()], ...document]);
    ids.push(document.has('_id') ? id : own.get('_id')!);
    return own;
  });
  return new Map([...command, ['documents', documents]]);
}

/** What mongosh shows: the counts of what was asked for. */
function summary(written: Written, names: ReadonlySet<string>, one: boolean): Document {
  const { inserted, matched, modified, deleted, insertedIds, upsertedIds } = written;
  const pairs: [string, Value][] = [['acknowledged', true]];
  const count = (name: string, value: number): void => void pairs.push([name, new BSON.Int32(value)]);
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
  return documentOf(pairs);
}

/** The first write that failed; what was written before stays, and how much that is, is said. */
function writeError({ errors, touched }: Written): DriverError {
  const { code, errmsg, errInfo } = BSON.deserialize(errors[0]!) as {
    code?: number;
    errmsg?: string;
    errInfo?: object;
  };
  const failed = `${errors.length} write${errors.length > 1 ? 's' : ''} failed`;
  const count =
    touched > 0 || errors.length > 1
      ? [`${failed}; ${touched} document${touched === 1 ? ' was' : 's were'} written.`]
      : [];
  const detail = [...count, ...infoText(errInfo)].join('\n');
  return new DriverError(serverFailure(code, errmsg ?? '', detail));
}
