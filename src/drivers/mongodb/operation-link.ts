import { BSON } from 'mongodb';
import type { FailureText } from '../../events/failure.ts';
import { locate, utf8 } from './bson-reader.ts';
import type { DocumentOutput } from './document-output.ts';
import type { Document, DocumentOrigin } from './statement/operation.ts';

/** A cursor that is open on the server. */
export interface OpenCursor {
  readonly id: bigint;
  readonly database: string;
  readonly collection: string;
}

/** What an operation needs while it runs. */
export interface OperationLink {
  /** The connection's current database. */
  readonly database: string;
  /** Sends a command. @throws MongoServerError, Stopped where a cancel came first, anything else for a lost connection */
  send(database: string, command: Document): Promise<Uint8Array>;
  /** Where the rows go. */
  output(origin: DocumentOrigin | null): DocumentOutput;
  /** Takes the cursor that is open, so that a cancel can close it. @throws Stopped where a cancel has closed it */
  cursorIs(cursor: OpenCursor | null): Promise<void>;
  /** No more rows are wanted: the cursor is closed instead of read on. */
  readonly hasEnough: boolean;
  /** Closes the cursor that is open. @throws Stopped where a cancel has come, anything else for a lost connection */
  closeOpenCursor(): Promise<void>;
  notice(notice: FailureText): void;
}

/** What a command did. */
export interface OperationEnd {
  /** The command's name in capitals. */
  readonly command: string;
  readonly rowsAffected: number | null;
}

/** The cursor that a reply leaves open; its id is 0 when there is none. */
export function cursorOf(reply: Uint8Array, database: string): OpenCursor | null {
  const id = locate(reply, 'cursor', 'id');
  if (id?.type !== 18) return null;
  const value = new DataView(reply.buffer, reply.byteOffset, reply.byteLength).getBigInt64(id.start, true);
  if (value === 0n) return null;
  const ns = locate(reply, 'cursor', 'ns');
  const name = ns?.type === 2 ? utf8(reply, ns.start + 4, ns.end - 1) : `${database}.$cmd`;
  const dot = name.indexOf('.');
  return { id: value, database: name.slice(0, dot), collection: name.slice(dot + 1) };
}

/** What was done but not passed on to as many members as asked for is done all the same (MongoDB manual, "Write Concern"). */
export function tellWriteConcern(reply: Uint8Array, link: Pick<OperationLink, 'notice'>): void {
  const place = locate(reply, 'writeConcernError');
  if (place?.type !== 3) return;
  const { code, errmsg } = BSON.deserialize(reply.subarray(place.start, place.end)) as {
    code?: number;
    errmsg?: string;
  };
  link.notice({
    code: `${code ?? 'writeConcern'}`,
    source: 'server',
    severity: 'WARNING',
    message: `It was done, but not passed on to the other members as asked: ${errmsg ?? 'no reason given'}.`,
  });
}
