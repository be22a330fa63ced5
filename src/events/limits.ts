/**
 * Limits that more than one room needs, each with its unit last; a room's own are in its `limits.ts`. doc/limits.md lists all of
 * them, and a test holds it to them. A limit that is reached is reported, never silent.
 */
export const KIB = 1024;
export const MIB = 1024 * KIB;

// Tape
/** Age of the newest record of a segment after which it may be cut: 90 days. */
export const TAPE_AGE_MAX_MS = 90 * 24 * 3600 * 1000;
/** Memory of the thread that replays a tape, in MiB. */
export const REPLAY_MEMORY_MIB = 1024;
/** Memory of the thread that adds up what a span of the tape has, in MiB. */
export const METRICS_MEMORY_MIB = 256;

// Replay
/** The views are remembered after every so many records of a tape that is looked at. */
export const REPLAY_CHECKPOINT_RECORDS = 2048;
/** Tapes that are open for replay at once; the oldest unused one is closed for another. */
export const REPLAYS_OPEN_MAX = 4;
/** A bundle that is sent to be looked at. */
export const REPLAY_UPLOAD_BYTES_MAX = 256 * MIB;
/** Rows of one timeline, and parts of its density. */
export const REPLAY_LANES_MAX = 500;
export const REPLAY_PARTS_MAX = 4000;
/** A replay that is not looked at for so long is closed. */
export const REPLAY_IDLE_MS = 30 * 60_000;
/** Records in one page of a replay. */
export const REPLAY_RECORDS_PAGE_MAX = 1000;
/** Actors of a proof that are listed with it, and in one page of the others. */
export const REPLAY_ACTORS_PAGE_MAX = 1000;
/** Kinds of steps of a tape that are distinguished, to compare it with another one. */
export const REPLAY_STEPS_MAX = 4000;
/** An expression that is asked of a tape, in UTF-16 code units, and how deep it nests. */
export const ASK_UNITS_MAX = 1000;
export const ASK_DEPTH_MAX = 32;
/** Hits of an expression that are listed; further ones are counted. */
export const ASK_HITS_MAX = 5000;
/** How long an expression is evaluated. */
export const ASK_MS_MAX = 5 * 60_000;

// Metrics
/** Intervals of one report. */
export const METRICS_BINS_MAX = 240;
/** Distinct shapes in one report that are counted one by one; statements of further ones are counted together. */
export const METRICS_SHAPES_MAX = 5_000;
/** Distinct codes that are counted one by one in each list; further ones are counted under `other`. */
export const METRICS_CODES_MAX = 50;
/** Shapes in each list of a report. */
export const METRICS_SHAPES_LISTED = 20;

/** How long an answer with the state waits for what was recorded before to be on the disk; a disk that hangs has to be seen, too. */
export const STATE_SETTLES_MS = 1000;
/** A process that stands still for as long records it. */
export const STALL_MS = 1000;
/** How often it looks whether it did. */
export const STALL_LOOK_MS = 500;
/** How often the process records what it takes, and how rarely where nothing else was recorded. */
export const MEASURE_MS = 60_000;
export const MEASURE_IDLE_MS = 15 * 60_000;
/** Cases of one cause that a diagnosis lists; the others are counted. */
export const FINDINGS_MAX = 20;
/** Memory of the thread that writes the tape for another tool, in MiB. */
export const TRACE_MEMORY_MIB = 256;
/** Largest trace that a page hands over to Perfetto, as it holds it whole. */
export const PERFETTO_BYTES_MAX = 512 * MIB;
/** Cases of one cause that are remembered of a tape that is looked at, so that those of a span can be listed. */
export const REPLAY_FINDINGS_MAX = 1000;
/** Newest records of the live tape that one statement is diagnosed by, and the memory of the thread that does, in MiB. */
export const DIAGNOSIS_RECORDS_MAX = 100_000;
export const DIAGNOSIS_MEMORY_MIB = 256;
/** Statements under way that a diagnosis follows at once; the oldest is judged as it is beyond. */
export const DIAGNOSED_LIVING_MAX = 50_000;

// Observability
/** Spans, log records or reports that wait for a collector; what comes beyond is dropped and counted. */
export const OTLP_QUEUE_MAX = 2048;
/** Of one request to a collector. */
export const OTLP_BATCH_MAX = 512;

// Actors
export const SESSIONS_MAX = 32;
/** How long a challenge for a dangerous statement may be answered. */
export const CONFIRM_TIMEOUT_MS = 120_000;
/** The longest statement timeout that can be asked for: a day. */
export const STATEMENT_TIMEOUT_MAX_MS = 24 * 3600 * 1000;
export const CONNECT_TIMEOUT_MS = 15_000;
export const CLOSE_TIMEOUT_MS = 5_000;
/** A result that is not read on from holds a snapshot on the server; after this it is stopped there. */
export const PAUSED_MAX_MS = 15 * 60_000;

/** Connections of earlier runs that are listed with what became of them; the oldest are forgotten. */
export const ORPHANS_MAX = 100;

// Drivers
/** Notices kept of one statement; later ones are counted. */
export const NOTICES_MAX = 1000;
/** One text of a failure or a notice, in UTF-16 units: its message, its context. What is longer is cut and says so. */
export const FAILURE_TEXT_UNITS_MAX = 64 * KIB;
/** One name in a failure or a notice, in UTF-16 units: a table, a constraint. */
export const FAILURE_NAME_UNITS_MAX = KIB;
/** Columns of a result of documents; fields beyond are seen in the whole document only. */
export const DOCUMENT_COLUMNS_MAX = 1000;
/** The names of those columns together, in UTF-16 units; fields beyond are seen in the whole document only. */
export const DOCUMENT_COLUMN_NAMES_UNITS_MAX = MIB;
/** The name of one field of a document, in UTF-16 units; a server that sends a longer one speaks no MongoDB. */
export const DOCUMENT_FIELD_NAME_UNITS_MAX = 64 * KIB;
/** The answer to what Querytape asks a MySQL or PostgreSQL server by itself. */
export const OWN_ROWS_BYTES_MAX = 16 * MIB;
/** Processes listed that block one statement, directly and through others. */
export const LOCK_BLOCKERS_MAX = 20;
/** What is shown of a statement that blocks another, in UTF-16 units. */
export const SHOWN_TEXT_UNITS_MAX = 2 * KIB;

// Results
/** Bytes fetched ahead of the furthest row asked for, unless the policy says otherwise; beyond them reading pauses. */
export const FETCH_AHEAD_BYTES = 64 * MIB;
/** One result as a whole; the statement is stopped on the server beyond it. */
export const RESULT_BYTES_MAX = 16 * 1024 * MIB;
/** Room on the disk that results leave to the tape and to other programs: rows that would take of it are refused as by a full disk. */
export const DISK_RESERVE_BYTES = 100 * MIB;
/** Rows and bytes of one window. A single row is always whole, whatever its size. */
export const WINDOW_ROWS_MAX = 10_000;
export const WINDOW_BYTES_MAX = 16 * MIB;
/** A text that is looked for in a result, in UTF-16 units. */
export const FIND_TEXT_UNITS_MAX = 1000;
/** Rows whose numbers are added up at once. */
export const SUM_ROWS_MAX = 1_000_000;

// Vault, imports and policy
/** One secret in UTF-16 units: a private key fits. */
export const SECRET_UNITS_MAX = 16 * KIB;
/** How often the vault looks whether it is time to lock by itself. */
export const AUTO_LOCK_LOOK_MS = 1000;

// History and drafts
/** Entries of one page. */
export const HISTORY_PAGE_MAX = 1000;
/** Drafts: the open tabs of all pages. */
export const DRAFTS_MAX = 200;
/** The title of a tab, in UTF-16 units. */
export const DRAFT_TITLE_UNITS_MAX = 120;
/** One draft, in UTF-16 units. */
export const DRAFT_UNITS_MAX = 2 * MIB;

// Server and views
export const DEFAULT_PORT = 4477;
/** Between two signs of life to an open page; a page that has none for twice as long says that Querytape does not answer. */
export const WS_HEARTBEAT_MS = 2000;
export const WS_CLIENTS_MAX = 32;
/** Ended queries that a view keeps. */
export const ENDED_QUERIES_MAX = 500;
/** Ended sessions and connections that a view keeps. */
export const ENDED_ACTORS_MAX = 100;

/** First wait before a lost connection or tunnel is made again, and the longest. */
export const RECONNECT_BACKOFF_MIN_MS = 500;
export const RECONNECT_BACKOFF_MAX_MS = 15_000;

// Tunnels
/** Hops of a tunnel: the last one opens the way to the server, the others lead to it. */
export const TUNNEL_HOPS_MAX = 8;
/** Lines of the known hosts files that are shown for a host whose key is another one. */
export const HOST_KEY_LINES_MAX = 8;
/** Processes of one tunnel that are remembered, so that the next start can end those that a crash left. */
export const TUNNEL_PROCESSES_MAX = 32;
/** Texts in one answer to an SSH server's question, and questions in one round. */
export const PROMPT_TEXTS_MAX = 16;
/** How long a question of a tunnel may be answered. */
export const TUNNEL_PROMPT_TIMEOUT_MS = 120_000;

// Classifiers
/** A shape longer than this is left out. */
export const SHAPE_UNITS_MAX = 4 * KIB;
