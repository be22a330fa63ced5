import {
  ANSWER_BYTES_MAX,
  FAILURE_MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  RESULT_COLUMNS_MAX,
  SIGN_IN_BYTES_MAX,
} from '../limits.ts';

/** Tags of the backend's messages that are distinguished here (PostgreSQL manual, "Message Formats"). */
export const TAG = {
  authentication: 0x52,
  copyData: 0x64,
  copyIn: 0x47,
  copyOut: 0x48,
  dataRow: 0x44,
  error: 0x45,
  notice: 0x4e,
  readyForQuery: 0x5a,
  rowDescription: 0x54,
} as const;

/**
 * Where a connection is, as far as it decides which messages may come:
 *
 *   signingIn → starting → idle ⇄ asking (a statement of ours, read by pg)
 *                             ⇄ running (a statement of the user's, whose rows go to its sink)
 */
export type Phase = 'signingIn' | 'starting' | 'idle' | 'asking' | 'running';

/** One kind of message, and what has to be true of it. */
export interface MessageKind {
  readonly name: string;
  readonly phases: readonly Phase[];
  /** Bounds of its length, the length's own four bytes included and the tag not. */
  readonly least: number;
  readonly most: number;
  /** How often it may come in one phase, or for one of the statements that are asked together. */
  readonly times: number;
  /** The tag that has to come before it in the same phase. */
  readonly after?: number;
  /** A longer one is not refused: what is beyond is thrown away. */
  readonly cutAt?: number;
  /** Whether its parts add up. The message begins with its tag; the length is right. */
  readonly fits: (message: Buffer) => boolean;
}

/** A tag and a length. */
export const HEADER_BYTES = 5;
const BUSY: readonly Phase[] = ['asking', 'running'];
const SIGNED_IN: readonly Phase[] = ['starting', 'idle', ...BUSY];
/** An error may be followed by that of the connection's end. COPY FROM STDIN that fails has several ReadyForQuery. */
const FEW = 4;
/** Fields of an error or a notice; the protocol names 18. */
const FAILURE_FIELDS_MAX = 64;

const always = (): boolean => true;

function fixed(name: string, length: number, phases = BUSY): MessageKind {
  return { name, phases, least: length, most: length, times: 1, fits: always };
}

/** Whether the message ends exactly after so many NUL-terminated texts from `at`. */
function endsAfterTexts(message: Buffer, at: number, count: number): boolean {
  let end = at;
  for (let text = 0; text < count; text++) {
    const nul = message.indexOf(0, end);
    if (nul < 0) return false;
    end = nul + 1;
  }
  return end === message.length;
}

/** ErrorResponse and NoticeResponse: fields of a type byte and a text each, then a zero. */
function hasFailureFields(message: Buffer): boolean {
  let at = HEADER_BYTES;
  for (let field = 0; field <= FAILURE_FIELDS_MAX; field++) {
    if (message[at] === 0) return at + 1 === message.length;
    const nul = message.indexOf(0, at + 1);
    if (nul < 0) return false;
    at = nul + 1;
  }
  return false;
}

/** What follows a field's name in RowDescription: table, column, type, size, modifier, format. */
const FIELD_BYTES = 18;

/** RowDescription: as many fields as it says, each in text format, which is what is asked for. */
function hasFields(message: Buffer): boolean {
  const count = message.readInt16BE(HEADER_BYTES);
  if (count < 0 || count > RESULT_COLUMNS_MAX) return false;
  let at = HEADER_BYTES + 2;
  for (let field = 0; field < count; field++) {
    const nul = message.indexOf(0, at);
    if (nul < 0 || nul + FIELD_BYTES >= message.length) return false;
    at = nul + 1 + FIELD_BYTES;
    if (message[at - 1] !== 0 || message[at - 2] !== 0) return false;
  }
  return at === message.length;
}

/** CopyInResponse and CopyOutResponse: Int8 format, Int16 columns, Int16 for each. */
function hasCopyFormats(message: Buffer): boolean {
  const count = message.readInt16BE(HEADER_BYTES + 1);
  return (
    message[HEADER_BYTES]! <= 1 &&
    count >= 0 &&
    count <= RESULT_COLUMNS_MAX &&
    message.length === HEADER_BYTES + 3 + 2 * count
  );
}

const COPY = { phases: ['running'], least: 7, most: 7 + 2 * RESULT_COLUMNS_MAX, times: 1 } as const;
const FAILURE = {
  least: 5,
  most: MESSAGE_BYTES_MAX,
  cutAt: FAILURE_MESSAGE_BYTES_MAX,
  fits: hasFailureFields,
} as const;

/**
 * What may come from a server, by tag. Left out are messages that nothing asks for: FunctionCallResponse, CopyBothResponse,
 * ParameterDescription, and NegotiateProtocolVersion, as version 3.0 is the oldest of them and no option is asked for. The
 * authentication's bounds are libpq's (fe-connect.c); whoever signs in reads what is in it.
 */
export const MESSAGE_KINDS: ReadonlyMap<number, MessageKind> = new Map<number, MessageKind>([
  [
    TAG.authentication,
    { name: 'Authentication', phases: ['signingIn'], least: 8, most: 2000, times: FEW, fits: always },
  ],
  [0x4b, fixed('BackendKeyData', 12, ['starting'])],
  [
    0x53,
    {
      name: 'ParameterStatus',
      phases: SIGNED_IN,
      least: 6,
      most: ANSWER_BYTES_MAX,
      times: Number.POSITIVE_INFINITY,
      fits: (message) => endsAfterTexts(message, HEADER_BYTES, 2),
    },
  ],
  [TAG.error, { name: 'ErrorResponse', phases: ['signingIn', ...SIGNED_IN], times: FEW, ...FAILURE }],
  [
    TAG.notice,
    {
      name: 'NoticeResponse',
      phases: ['signingIn', ...SIGNED_IN],
      times: Number.POSITIVE_INFINITY,
      ...FAILURE,
    },
  ],
  [
    0x41,
    {
      name: 'NotificationResponse',
      phases: ['idle', ...BUSY],
      least: 10,
      most: SIGN_IN_BYTES_MAX,
      times: Number.POSITIVE_INFINITY,
      fits: (message) => endsAfterTexts(message, HEADER_BYTES + 4, 2),
    },
  ],
  [
    TAG.readyForQuery,
    {
      ...fixed('ReadyForQuery', 5, ['starting', ...BUSY]),
      times: FEW,
      fits: (message) => 'ITE'.includes(String.fromCharCode(message[HEADER_BYTES]!)),
    },
  ],
  [0x31, fixed('ParseComplete', 4)],
  [0x32, fixed('BindComplete', 4)],
  [0x33, { ...fixed('CloseComplete', 4, ['running']), times: FEW }],
  [0x6e, fixed('NoData', 4)],
  [0x49, fixed('EmptyQueryResponse', 4)],
  [0x73, fixed('PortalSuspended', 4, ['running'])],
  [
    0x43,
    {
      name: 'CommandComplete',
      phases: BUSY,
      least: 5,
      most: 256,
      times: 1,
      fits: (message) => endsAfterTexts(message, HEADER_BYTES, 1),
    },
  ],
  [
    TAG.rowDescription,
    {
      name: 'RowDescription',
      phases: BUSY,
      least: 6,
      most: ANSWER_BYTES_MAX,
      times: 1,
      fits: hasFields,
    },
  ],
  [
    TAG.dataRow,
    {
      name: 'DataRow',
      phases: BUSY,
      least: 6,
      most: MESSAGE_BYTES_MAX,
      times: Number.POSITIVE_INFINITY,
      after: TAG.rowDescription,
      fits: always,
    },
  ],
  [TAG.copyIn, { name: 'CopyInResponse', ...COPY, fits: hasCopyFormats }],
  [TAG.copyOut, { name: 'CopyOutResponse', ...COPY, fits: hasCopyFormats }],
  [
    TAG.copyData,
    {
      name: 'CopyData',
      phases: ['running'],
      least: 4,
      most: MESSAGE_BYTES_MAX,
      times: Number.POSITIVE_INFINITY,
      after: TAG.copyOut,
      fits: always,
    },
  ],
  [0x63, { ...fixed('CopyDone', 4, ['running']), after: TAG.copyOut }],
]);

/** The most that a message may have in a phase: before the sign-in has ended, no server has much to say. */
export function mostBytes(kind: MessageKind, phase: Phase): number {
  return phase === 'signingIn' ? Math.min(kind.most, SIGN_IN_BYTES_MAX) : kind.most;
}

/** The bytes of an error or a notice that are read of one that is longer. */
export function cutBytes({ cutAt }: MessageKind): number {
  return cutAt ?? Number.POSITIVE_INFINITY;
}

/**
 * An error or a notice as if it had been as long as what is here of it: the field that was cut says so, and those behind it
 * are missing. `head` begins with the tag, and was `whole` bytes long.
 */
export function cutFailure(head: Buffer, whole: number): Buffer {
  let at = HEADER_BYTES;
  let fields = 0;
  for (let nul = head.indexOf(0, at + 1); nul >= 0 && fields < FAILURE_FIELDS_MAX - 1; fields++) {
    at = nul + 1;
    nul = head.indexOf(0, at + 1);
  }
  // A field of which nothing came is none; the one before it says what is missing.
  let end = at === head.length ? at - 1 : head.length;
  // The last character may be cut.
  while (end > at + 1 && (head[end - 1]! & 0xc0) === 0x80) end--;
  if (end > at + 1 && head[end - 1]! >= 0xc0) end--;
  const words = Buffer.from(`… (${whole - end} bytes more were not read)\0\0`);
  const cut = Buffer.concat([head.subarray(0, end), words]);
  cut.writeInt32BE(cut.length - 1, 1);
  return cut;
}
