import { KIB, MIB } from '../events/limits.ts';

// The limits of this room, each with its unit last; src/events/limits.ts has those that others need too.

// Results
/** A row that is made text of at once, for JSON and all formats of an export but exact CSV: with escapes a longer one has no room. */
export const TEXT_ROW_BYTES_MAX = 64 * MIB;
/** Text of an export that is made at once, in UTF-16 units; one row may have more. */
export const EXPORT_PIECE_UNITS = MIB;
/** Rows that are looked through for a text before an answer says how far that is; the next request goes on from there. */
export const FIND_ANSWER_BYTES = 32 * MIB;
/** Of these rows, and of one long value, as many as are looked through before everything else has its turn. */
export const FIND_SLICE_BYTES = 64 * KIB;
/** Rows whose hits are counted together, so that the place of each can be found again by looking through as many. */
export const FIND_BLOCK_BYTES = MIB;
/** Rows that are added up before everything else has its turn. */
export const SUM_SLICE_BYTES = 64 * KIB;
/** Rows whose values are read to sort them before everything else has its turn. */
export const SORT_SLICE_BYTES = 64 * KIB;
/** The values of the columns that a result is sorted by, in memory while it is. */
export const SORT_KEYS_BYTES_MAX = 64 * MIB;
/** The orders of sorted results that are remembered together; an older one is sorted again when it is read. */
export const SORT_ORDERS_BYTES = 16 * MIB;
/** Rows of a sorted result that are read before they are given on. */
export const SORTED_BLOCK_BYTES = MIB;
/** Columns that a result is sorted by at once. */
export const SORT_COLUMNS_MAX = 8;
/** Searches that are remembered; an older one begins again when it is gone on with. */
export const FINDS_MAX = 8;

// Server and views
/** Body of `POST /api/commands`. */
export const BODY_BYTES_MAX = 20 * MIB;
/** Values in the JSON of a body, those in arrays and objects included: far more than an edit of the widest table has. */
export const BODY_VALUES_MAX = 100_000;
/** Unsent bytes of one WebSocket beyond which it is sent a resync, and closed where it pings on. */
export const WS_BACKLOG_BYTES = 4 * MIB;
/** First rows that a page is sent unasked; of more it is sent what they are like, and asks for them. */
export const FIRST_WINDOW_BYTES_MAX = MIB;
/** Envelopes that a WebSocket may be behind; further behind it is sent a resync. */
export const WS_BEHIND_MAX = 50_000;
/** Records in one page of `GET /api/records`. */
export const RECORDS_PAGE_MAX = 1000;
/** Bundles that are sent to be looked at, or opened, at once: each waits on the disk whole. */
export const REPLAY_UPLOADS_MAX = 4;
/** Records of one turn of the event loop that are joined to one message. */
export const WS_JOINED_MAX = 1000;
/** Sockets at once, WebSockets included. */
export const SOCKETS_MAX = 1024;
/** Sockets at once of those that have shown no secret yet; beyond it the oldest is closed. */
export const SOCKETS_UNKNOWN_MAX = 512;
/** From a socket's first moment, or a request's first byte, to the end of its headers. */
export const HEADERS_TIMEOUT_MS = 5000;
/** The headers of one request: cookies that other programs of this machine set are among them. */
export const HEADERS_BYTES_MAX = 128 * KIB;
/** From a request's first byte to its last. */
export const REQUEST_TIMEOUT_MS = 60_000;
/** From an answer to the next request of a socket. */
export const KEEP_ALIVE_MS = 60_000;
/** Between two pings of an open page's WebSocket; one that has not answered by the next is closed. */
export const WS_PING_MS = 30_000;
/** How long a launch link or a download's ticket is good, once. */
export const ONE_TIME_CODE_MS = 30_000;
/** Launch links and tickets that are good at once; beyond it the oldest is not any more. */
export const ONE_TIME_CODES_MAX = 64;
/** Bundles that are being sent at once, each of which takes its size of the disk; beyond it a download is refused. */
export const BUNDLES_SENDING_MAX = 4;
