import { BSON, MongoServerError } from 'mongodb';
import { DOCUMENT_BATCH_BYTES, DOCUMENT_BATCH_MAX } from '../limits.ts';
import { documentsAt, Elements, locate, numberAt, utf8 } from './bson-reader.ts';
import type { DocumentOutput } from './document-output.ts';
import { listAllCollections, listDatabases, listNamespaces } from './listing.ts';
import { cursorOf, type OperationEnd, type OperationLink, tellWriteConcern } from './operation-link.ts';
import {
  commandName,
  type Document,
  type DocumentOrigin,
  documentOf,
  isDocument,
  type Operation,
  type Reply,
  type Value,
} from './statement/operation.ts';
import { integerValue } from './statement/whole-number.ts';
import { runWrites } from './write-run.ts';

/** Runs what goes to the server and hands over what comes back. */
export async function runOperation(
  operation: Operation & { readonly type: 'command' | 'list' },
  link: OperationLink,
): Promise<OperationEnd> {
  if (operation.type === 'list') {
    const output = link.output(null);
    await LISTS[operation.list](link, output);
    output.finish();
    return { command: 'SHOW', rowsAffected: null };
  }
  const { database, commands, reply } = operation;
  const name = capitals(commandName(commands[0]!));
  if (reply.shape === 'written') return { command: name, rowsAffected: await runWrites(operation, link) };
  if (reply.shape === 'cursor') {
    await readCursor(link, database, commands[0]!, reply.origin);
    return { command: name, rowsAffected: null };
  }
  if (reply.shape === 'each') {
    await readEach(commands, database, link);
    return { command: name, rowsAffected: null };
  }
  const bytes = await link.send(database, commands[0]!);
  tellWriteConcern(bytes, link);
  const output = link.output(null);
  await writeReply(bytes, reply, output);
  output.finish();
  const rowsAffected = reply.shape === 'field' ? (numberAt(bytes, 'lastErrorObject', 'n') ?? null) : null;
  return { command: name, rowsAffected };
}

const LISTS = {
  databases: listDatabases,
  namespaces: listNamespaces,
  allCollections: listAllCollections,
} as const;

/** `findAndModify` → `FIND AND MODIFY`, in letters that the vocabulary takes. */
function capitals(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();
  return /^[A-Z ]{1,48}$/.test(words) ? words : '';
}

async function writeReply(bytes: Uint8Array, reply: Reply, output: DocumentOutput): Promise<void> {
  switch (reply.shape) {
    case 'count': {
      const [first] = documentsAt(bytes, 'cursor', 'firstBatch');
      const count = (first ? numberAt(first, 'n') : undefined) ?? numberAt(bytes, 'n') ?? 0;
      return output.write([BSON.serialize({ count: integerValue(BigInt(count)) })]);
    }
    case 'list':
      return output.write(
        reply.as === undefined ? documentsAt(bytes, reply.field) : wrapped(bytes, reply.field, reply.as),
      );
    case 'field': {
      const place = locate(bytes, reply.field);
      return place?.type === 3 ? output.write([bytes.subarray(place.start, place.end)]) : undefined;
    }
    default:
      return output.write([withoutClock(bytes)]);
  }
}

/** The cluster's clock, which every reply tells. */
const CLOCK: ReadonlySet<string> = new Set(['$clusterTime', 'operationTime']);

function withoutClock(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const elements = new Elements(bytes, 0);
  while (elements.next()) {
    const name = utf8(bytes, elements.nameStart, elements.nameEnd);
    if (!CLOCK.has(name)) parts.push(bytes.subarray(elements.nameStart - 1, elements.end));
  }
  return assembled(parts);
}

/** A document of elements. */
function assembled(parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const document = Buffer.alloc(body.length + 5);
  document.writeInt32LE(document.length, 0);
  body.copy(document, 4);
  return document;
}

/** Each value of an array as a document of one field. */
function wrapped(bytes: Uint8Array, field: string, as: string): Uint8Array[] {
  const place = locate(bytes, field);
  if (place?.type !== 4) return [];
  const elements = new Elements(bytes, place.start);
  const documents: Uint8Array[] = [];
  while (elements.next()) {
    const head = Buffer.from(`${String.fromCharCode(elements.type)}${as}\0`, 'latin1');
    documents.push(assembled([head, bytes.subarray(elements.start, elements.end)]));
  }
  return documents;
}

/** Reads a cursor to its end, a batch at a time and each only when the last one was taken. */
async function readCursor(
  link: OperationLink,
  database: string,
  command: Document,
  origin: DocumentOrigin | null,
): Promise<void> {
  const output = link.output(origin);
  let reply = await link.send(database, command);
  tellWriteConcern(reply, link);
  let batch = documentsAt(reply, 'cursor', 'firstBatch');
  const asked = batchSizeOf(command);
  for (;;) {
    const cursor = cursorOf(reply, database);
    await link.cursorIs(cursor);
    await output.write(batch);
    if (!cursor) break;
    if (link.hasEnough) {
      await link.closeOpenCursor();
      break;
    }
    // A cancel may have come while the sink took its time.
    await link.cursorIs(cursor);
    const getMore = documentOf([
      ['getMore', BSON.Long.fromBigInt(cursor.id)],
      ['collection', cursor.collection],
      ['batchSize', asked ?? new BSON.Int32(batchSizeAfter(batch))],
    ]);
    reply = await link.send(cursor.database, getMore);
    batch = documentsAt(reply, 'cursor', 'nextBatch');
  }
  output.finish();
}

/**
 * How many documents a batch is to have, where the statement says so: `find` as a field, `aggregate` in `cursor` (MongoDB manual,
 * "find", "aggregate"). 0 is for the first batch only, as getMore does not take it.
 */
function batchSizeOf(command: Document): Value | undefined {
  const cursor = command.get('cursor');
  const asked = command.get('batchSize') ?? (isDocument(cursor) ? cursor.get('batchSize') : undefined);
  return asked === undefined || Number(asked) === 0 ? undefined : asked;
}

/** The first batches of several commands. One that the server refuses, as listIndexes of a view, has no document. */
async function readEach(commands: readonly Document[], database: string, link: OperationLink): Promise<void> {
  const output = link.output(null);
  for (const command of commands) {
    try {
      const reply = await link.send(database, command);
      await link.cursorIs(cursorOf(reply, database));
      const place = locate(reply, 'cursor', 'firstBatch');
      if (place?.type !== 4) continue;
      const head = BSON.serialize({ command: commandName(command) });
      const name = Buffer.from('\x04documents\0', 'latin1');
      const parts = [head.subarray(4, head.length - 1), name, reply.subarray(place.start, place.end)];
      await output.write([assembled(parts)]);
    } catch (error) {
      if (!(error instanceof MongoServerError) || STOPPED.has(error.code)) throw error;
    }
  }
  output.finish();
}

/** Interrupted, and no longer in time. */
const STOPPED: ReadonlySet<unknown> = new Set([11601, 50]);

/** How many documents make a batch of the size that is wanted, estimated from the last ones. */
function batchSizeAfter(batch: readonly Uint8Array[]): number {
  const bytes = batch.reduce((sum, { length }) => sum + length, 0);
  const each = batch.length === 0 ? DOCUMENT_BATCH_BYTES / DOCUMENT_BATCH_MAX : bytes / batch.length;
  return Math.max(1, Math.min(DOCUMENT_BATCH_MAX, Math.floor(DOCUMENT_BATCH_BYTES / each)));
}
