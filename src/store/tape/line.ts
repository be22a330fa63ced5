import { crc32 } from 'node:zlib';
import type { Envelope } from '../../events/envelope.ts';

/** The version of the format on disk. */
export const TAPE_FORMAT = 1;

/** The chain value that the first segment goes on from. */
export const CHAIN_START = '0'.repeat(64);

/** The first line of a segment: what it goes on from. */
export interface Header {
  readonly tape: number;
  readonly segment: number;
  /** Seq and time of the last record before this segment; 0 and 0 where there is none. */
  readonly afterSeq: number;
  readonly afterAt: number;
  readonly chain: string;
  /** Records of a bundle: seqs go up, but not by one, as others were left out. The seals show whether one is missing. */
  readonly sparse?: true;
}

/**
 * The last line of a batch: SHA-256 of the chain value before it (as text) and all bytes since the line that
 * held it.
 */
export interface Seal {
  /** The last seq it covers. */
  readonly seal: number;
  readonly sha256: string;
}

/** What a whole line says. */
export type Line =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'record'; readonly envelope: Envelope }
  | { readonly kind: 'seal'; readonly seal: Seal }
  | { readonly kind: 'bad'; readonly code: string };

/** The last millisecond that a Date has (ECMAScript, "Time Values and Time Range"). */
const TIME_MAX_MS = 8.64e15;
const ID = /^[A-Za-z0-9_.-]{1,64}$/;

const CRC_KEY = ',"crc":"';
/** `,"crc":"89abcdef"}` */
const CRC_BYTES = CRC_KEY.length + 8 + 2;

function crcOf(bytes: string | Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}

/**
 * A line of the tape from the JSON text of a non-empty object. The CRC-32 is over all that stands before
 * `,"crc"`.
 */
export function lineOf(json: string): string {
  const body = json.slice(0, -1);
  return `${body}${CRC_KEY}${crcOf(body)}"}\n`;
}

/**
 * The JSON text inside a line without its newline, the CRC taken off; null where it is not what was written.
 */
export function checkedJson(line: Buffer): string | null {
  const end = line.length - CRC_BYTES;
  if (end < 1) return null;
  const tail = line.toString('latin1', end);
  // Compared as text, so that not even the case of a hexadecimal digit may differ.
  if (tail !== `${CRC_KEY}${crcOf(line.subarray(0, end))}"}`) return null;
  return `${line.toString('utf8', 0, end)}}`;
}

/** Reads one line without its newline. */
export function parseLine(bytes: Buffer): Line {
  const json = checkedJson(bytes);
  if (json === null) return { kind: 'bad', code: 'line.crc' };
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(json);
  } catch {
    return { kind: 'bad', code: 'line.json' };
  }
  if (isEnvelope(value)) return { kind: 'record', envelope: value };
  if (isCount(value.seal) && isSha256(value.sha256)) return { kind: 'seal', seal: value as unknown as Seal };
  // A header of another version may hold anything, so only its version is looked at here.
  if (isCount(value.tape)) return { kind: 'header', header: value as unknown as Header };
  return { kind: 'bad', code: 'line.kind' };
}

/**
 * Whether a line says of a record all that everything which reads it relies on. The kinds, events and machines are not looked at, as a
 * newer program has others.
 */
function isEnvelope(value: object): value is Envelope {
  const { seq, at, actor, kind, machine, cause, event, state } = value as Partial<Record<string, unknown>>;
  return (
    isCount(seq) &&
    isCount(at) &&
    at <= TIME_MAX_MS &&
    typeof actor === 'string' &&
    ID.test(actor) &&
    // A name that objects have by themselves (`__proto__`, `constructor`), under which views would lose it.
    !(actor in Object.prototype) &&
    typeof kind === 'string' &&
    isTextOrNull(machine) &&
    isTextOrNull(state) &&
    (cause === null || (isCount(cause) && cause < seq)) &&
    typeof (event as { type?: unknown } | null | undefined)?.type === 'string' &&
    isOfItsMachine(kind, machine, state)
  );
}

/** Only the tape itself has no machine, and so no state; any other record is of the machine that its actor's kind names. */
function isOfItsMachine(kind: string, machine: string | null, state: string | null): boolean {
  if (kind === 'tape') return machine === null && state === null;
  return state !== null && machine?.startsWith(`${kind}@`) === true;
}

/** Whether a header of our own version says all that it has to. */
export function isHeader(header: Header): boolean {
  const { segment, afterSeq, afterAt, chain, sparse } = header;
  const isKnown = sparse === undefined || sparse === true;
  return isCount(segment) && isCount(afterSeq) && isCount(afterAt) && isSha256(chain) && isKnown;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
