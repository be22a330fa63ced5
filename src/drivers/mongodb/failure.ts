import { BSON, MongoServerError } from 'mongodb';
import type { FailureText } from '../../events/failure.ts';
import { DriverError } from '../driver.ts';
import { driverErrors, failureTexts, firstOf, withAdvice } from '../failures.ts';
import { ADVICE } from './advice.ts';
import { BsonError } from './bson-reader.ts';
import type { StatementError } from './statement/syntax.ts';

/** What a server's error may hold beside its number and message. */
interface ServerWords {
  readonly codeName?: string;
  readonly errInfo?: object;
}

/** More of it is cut off. */
const INFO_LENGTH_MAX = 4000;

/** What a server adds to an error, such as the rules that a document does not keep (MongoDB manual, "Schema Validation"). */
export function infoText(info: object | undefined): string[] {
  return info ? [BSON.EJSON.stringify(info).slice(0, INFO_LENGTH_MAX)] : [];
}

/** What a server said, by its number and words: `{code, codeName, errmsg}`. */
export function serverFailure(code: number | undefined, message: string, detail?: string): FailureText {
  // It may be of any type that a document has.
  const text = Number.isSafeInteger(code) ? `${code}` : 'unknown';
  return {
    code: text,
    source: 'server',
    message: message || 'The server gave no reason.',
    ...(detail ? { detail } : {}),
    ...withAdvice(text === '20' && !OF_REPLICA_SETS.test(message) ? undefined : ADVICE[text]),
  };
}

/** IllegalOperation is also said of what is only allowed without a replica set, and of much else. */
const OF_REPLICA_SETS = /only (?:allowed|supported) on (?:a )?replica set/;

/** A failure of ours or of the connection to the server. */
export const failureText = failureTexts((code) => ADVICE[code]);

/** A statement that was not understood. The position counts characters from 1, as servers count them. */
export function statementFailure({ code, message, at }: StatementError, text: string): FailureText {
  const position = [...text.slice(0, at)].length + 1;
  return { code, source: 'client', message, position };
}

/** Any error of connecting or of the socket, in our shape. */
export function failureOf(error: unknown): FailureText {
  if (error instanceof DriverError) return error.failure;
  if (error instanceof MongoServerError) {
    const { code, codeName, errmsg, message, errInfo } = error as MongoServerError & ServerWords;
    const detail = [...(codeName ? [codeName] : []), ...infoText(errInfo)].join('\n');
    return serverFailure(code as number | undefined, errmsg ?? message, detail);
  }
  if (error instanceof BsonError)
    return failureText('protocol.violated', `The server's reply can't be read: ${error.message}.`);
  const first = rootOf(error);
  if (first instanceof DriverError) return first.failure;
  const message = first instanceof Error ? first.message : `${first}`;
  return failureText(codeOf(first, message), message);
}

/** The error that a rejected promise of a driver holds. */
export const driverError = driverErrors(failureOf);

/** The innermost error: the driver wraps a socket's several times. A name may have several addresses, each with its error. */
function rootOf(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 8; depth++) {
    const first = firstOf(at);
    const inner = first === at && at instanceof Error ? at.cause : first;
    if (!(inner instanceof Error)) return at;
    at = inner;
  }
  return at;
}

function codeOf(error: unknown, message: string): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return /^ERR_SSL_|^EPROTO$/.test(code) ? 'tls.failed' : code;
  if (/wrong version number|SSL routines|before secure TLS/.test(message)) return 'tls.failed';
  if (/Message size|Invalid message|BSON|bson/.test(message)) return 'protocol.violated';
  if (/closed|ended|pool/i.test(message)) return 'connection.closed';
  return 'connection.failed';
}
