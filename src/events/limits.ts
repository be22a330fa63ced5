/**
 * Every limit, with its unit last. doc/limits.md lists them and a test keeps it so. Grouped by room; a limit that is
 * reached is told, never silent.
 */
export const KIB = 1024;
export const MIB = 1024 * KIB;

// Tape
/** A segment is closed and a new one begun at the first batch that reaches this. */
export const TAPE_SEGMENT_BYTES = 16 * MIB;
/** Whole tape; the oldest segments are cut beyond it. */
export const TAPE_BYTES_MAX = 1024 * MIB;
/** Age of the newest record of a segment after which it may be cut: 90 days. */
export const TAPE_AGE_MAX_MS = 90 * 24 * 3600 * 1000;
/** One line of the tape. A record is a few hundred bytes; a longer line is damage. */
export const TAPE_LINE_BYTES_MAX = 64 * KIB;
/** Records waiting for the disk, at which the workspace closes its sessions in order. */
export const TAPE_CROWDED_AT = 20_000;
/** Records waiting for the disk at most, so that the closing has room. Beyond it the process ends: nothing may happen unrecorded. */
export const TAPE_PENDING_MAX = 60_000;
/** How long a record that nobody waits for may wait for others to share its sync. */
export const TAPE_LINGER_MS = 3;
/** Wait between attempts to write after the disk refused. */
export const TAPE_RETRY_MS = 1000;

// Actors
export const SESSIONS_MAX = 32;
export const CONNECTIONS_PER_SESSION_MAX = 16;
/** Living statements of one session; each is an actor of it. */
export const STATEMENTS_WAITING_MAX = 250;
/** How long a challenge for a dangerous statement may be answered. */
export const CONFIRM_TIMEOUT_MS = 120_000;
/** Wait before a transaction that nobody uses is rolled back where that could not be asked for: the session or the disk was not ready. */
export const IDLE_ROLLBACK_RETRY_MS = 5_000;
/** Statements in one script. */
export const SCRIPT_STATEMENTS_MAX = 20_000;
/** Statements of one script that run or wait at once; the others are submitted as these end. */
export const SCRIPT_LIVING_MAX = 100;
/** Statements of a stopped script whose end is recorded at once, before the tape writes what it has. */
export const SCRIPT_LEFT_AT_ONCE = 250;
/** A submitted text in UTF-8 bytes. */
export const STATEMENT_BYTES_MAX = 16 * MIB;
/** The longest statement timeout that can be asked for: a day. */
export const STATEMENT_TIMEOUT_MAX_MS = 24 * 3600 * 1000;
export const CONNECT_TIMEOUT_MS = 15_000;
export const CATALOGUE_TIMEOUT_MS = 20_000;
/** The rows that answer it. */
export const CATALOGUE_BYTES_MAX = 64 * MIB;
/** The row that an edit is read back with; of a larger one the page shows what was sent. */
export const EDITED_ROW_BYTES_MAX = 4 * MIB;
/** How long the names of a table's columns are believed where a result's headings agree with them. */
export const ORIGIN_AGE_MAX_MS = 10_000;
/** How long they are believed where a heading is another name: an alias, or a column that was renamed. */
export const ORIGIN_DOUBT_MS = 1000;
/** What a statement that reads the catalogue waits for a lock that another transaction holds. */
export const CATALOGUE_LOCK_TIMEOUT_MS = 1000;
/** Longest time between two signs of life that an idle connection to MySQL gives; half of wait_timeout where that is shorter. */
export const SIGN_OF_LIFE_MAX_MS = 10 * 60_000;
/** A server that answers no sign of life within this is lost. */
export const SIGN_OF_LIFE_TIMEOUT_MS = 15_000;
export const CLOSE_TIMEOUT_MS = 5_000;
/** One COMMIT, ROLLBACK or RELEASE of ours after a statement. It is never cancelled; beyond it the connection is given up. */
export const ENCLOSURE_CLOSE_TIMEOUT_MS = 60_000;
/** A result nobody reads on from holds a snapshot on the server; after this it is stopped there. */
export const PAUSED_MAX_MS = 15 * 60_000;
/** Shortest time between two `query.progressed` of one query. */
export const PROGRESS_INTERVAL_MS = 250;
export const RECONNECT_BACKOFF_MIN_MS = 500;
export const RECONNECT_BACKOFF_MAX_MS = 15_000;
/** Attempts to make the catalogue's connection again before the session waits for the user to reconnect. */
export const RECONNECT_ATTEMPTS_MAX = 20;
/** A session's close: time for a cancel to escalate to its end. Statements that have no end by then are abandoned. */
export const SESSION_CLOSE_TIMEOUT_MS = 25_000;
/** Orderly shutdown as a whole, a session's close and its connections' included; after it the process ends. */
export const SHUTDOWN_TIMEOUT_MS = 35_000;

// Drivers
export const CANCEL_RETRY_MIN_MS = 25;
export const CANCEL_RETRY_MAX_MS = 1000;
/** One cancel channel, from dial to close. */
export const CANCEL_CHANNEL_TIMEOUT_MS = 2000;
/** Asking goes on this long before the server process is terminated. */
export const CANCEL_ASK_MS = 10_000;
/** From the terminate to giving the connection up. */
export const CANCEL_TERMINATE_MS = 5_000;
/** How often the server looks whether its client is still there (PostgreSQL 14 and later). */
export const CLIENT_CHECK_INTERVAL_MS = 500;
/** Tables whose columns a connection knows by their numbers. Beyond it all are asked for anew. */
export const TABLES_KNOWN_MAX = 2000;
/** Notices kept of one statement; later ones are counted. */
export const NOTICES_MAX = 1000;
/** All notices of one statement, in UTF-16 units; those beyond are counted. */
export const NOTICES_UNITS_MAX = MIB;
/** One text of a failure or a notice, in UTF-16 units: its message, its context. What is longer is cut and says so. */
export const FAILURE_TEXT_UNITS_MAX = 64 * KIB;
/** One name in a failure or a notice, in UTF-16 units: a table, a constraint. */
export const FAILURE_NAME_UNITS_MAX = KIB;
/** Quiet time after which TCP asks whether the server is still there. */
export const KEEPALIVE_DELAY_MS = 10_000;
/** User types whose names a connection learns; others are shown by their oid. */
export const TYPES_MAX = 5000;
/** What a connection does for itself between two statements. */
export const UPKEEP_TIMEOUT_MS = 2000;
/** Length of a MySQL statement, in UTF-16 units, whose columns are told where they come from. */
export const ORIGIN_TEXT_UNITS_MAX = 256 * KIB;
/** How long a MySQL server waits for a client that reads nothing: a paused result, and some time to come back. */
export const SERVER_WRITE_TIMEOUT_MS = PAUSED_MAX_MS + 60_000;
/** A MongoDB statement, in UTF-16 units: it is read as a whole, as a tree of its parts. */
export const MONGODB_STATEMENT_UNITS_MAX = 4 * MIB;
/** Columns of a result of documents; fields beyond are seen in the whole document only. */
export const DOCUMENT_COLUMNS_MAX = 1000;
/** The names of those columns together, in UTF-16 units; fields beyond are seen in the whole document only. */
export const DOCUMENT_COLUMN_NAMES_UNITS_MAX = MIB;
/** The name of one field of a document, in UTF-16 units; a server that sends a longer one speaks no MongoDB. */
export const DOCUMENT_FIELD_NAME_UNITS_MAX = 64 * KIB;
/** What a batch of documents is to have, in bytes; how many to ask for is told from those that came. */
export const DOCUMENT_BATCH_BYTES = 512 * KIB;
/** The most documents asked for at a time. */
export const DOCUMENT_BATCH_MAX = 10_000;
/** Time between two signs of life of a MongoDB server, and the time one may take. */
export const HEARTBEAT_INTERVAL_MS = 10_000;
/** Time between two signs that a MongoDB session is still used, while a result of it is paused. Servers end one after 30 min. */
export const SESSION_REFRESH_INTERVAL_MS = 5 * 60_000;
/** One message of PostgreSQL's protocol, as its own limit is, or one row of MySQL's; a longer one is a broken stream. */
export const MESSAGE_BYTES_MAX = 1024 * MIB;
/** One message of a server that has not been signed in to yet. */
export const SIGN_IN_BYTES_MAX = 64 * KIB;
/** One packet of MySQL's protocol that is not a row, one message of PostgreSQL's that describes (a setting, columns), a reply of MongoDB's to what is not a statement. */
export const ANSWER_BYTES_MAX = MIB;
/** One message of MongoDB's protocol (`maxMessageSizeBytes` of hello). */
export const MONGODB_MESSAGE_BYTES_MAX = 48_000_000;
/** Iterations of a password's derivation that a MongoDB server may ask for; it asks for 15 000 unless it is configured otherwise. */
export const MONGODB_SCRAM_ITERATIONS_MAX = 1_000_000;
/** Variables that a MySQL server reports as changed in a session, in UTF-16 units; beyond it what the session holds is unknown. */
export const SESSION_VARIABLES_UNITS_MAX = 256 * KIB;
/** The answer to what Querytape asks a MySQL or PostgreSQL server by itself. */
export const OWN_ROWS_BYTES_MAX = 16 * MIB;
/** Columns of one result. MySQL's tables have no more; PostgreSQL's own limit is 1 664. */
export const RESULT_COLUMNS_MAX = 4096;
/** What is read of one error or notice of a PostgreSQL server; what is beyond is thrown away, and the words say so. */
export const FAILURE_MESSAGE_BYTES_MAX = 256 * KIB;
/** What a PostgreSQL server may send before and after its sign-in, until it takes the first statement. */
export const HANDSHAKE_BYTES_MAX = MIB;
/** Work on what one PostgreSQL server sends, after which all others have their turn. */
export const TURN_MS = 20;
/** Iterations of SCRAM's key: fewer are too easily guessed from, more are not computed. */
export const SCRAM_ITERATIONS_MIN = 4096;
export const SCRAM_ITERATIONS_MAX = 10_000_000;
/** Iterations up to which the key is derived at once; a thread of its own does the others. */
export const SCRAM_ITERATIONS_INLINE = 16_384;

// Results
/** Bytes fetched ahead of the furthest row asked for, unless the policy says otherwise; beyond them reading pauses. */
export const FETCH_AHEAD_BYTES = 64 * MIB;
/** How long a statement that must not be paused waits for the disk; after it its rows are thrown away. */
export const DISK_WAIT_MAX_MS = 30_000;
/** Of one result, in memory; the rest goes to its spill file. */
export const RESULT_MEMORY_BYTES = 32 * MIB;
/** Of all results together, in memory. */
export const RESULTS_MEMORY_BYTES = 256 * MIB;
/** One result as a whole; the statement is stopped on the server beyond it. */
export const RESULT_BYTES_MAX = 16 * 1024 * MIB;
/** Bytes waiting to be spilled before the source pauses. */
export const SPILL_BACKLOG_BYTES = 8 * MIB;
export const RESULTS_MAX = 200;
/** A result nobody has looked at for this long is dropped. */
export const RESULT_AGE_MAX_MS = 4 * 3600 * 1000;
/** Rows and bytes of one window. A single row is always whole, whatever its size. */
export const WINDOW_ROWS_MAX = 10_000;
export const WINDOW_BYTES_MAX = 16 * MIB;
/** A row that is made text of at once, for JSON and all formats of an export but exact CSV: with escapes a longer one has no room. */
export const TEXT_ROW_BYTES_MAX = 64 * MIB;
/** Text of an export that is made at once, in UTF-16 units; one row may have more. */
export const EXPORT_PIECE_UNITS = MIB;
/** A row's offset is kept for each of so many rows. */
export const OFFSET_STRIDE_ROWS = 64;

// Vault, imports and policy
/** The vault's file. A save that would make it larger is refused. */
export const VAULT_BYTES_MAX = 16 * MIB;
export const PROFILES_MAX = 1000;
/** Secrets of one profile. */
export const SECRETS_PER_PROFILE_MAX = 16;
/** Keys of what is encrypted outside the vault. */
export const VAULT_KEYS_MAX = 1000;
/** One secret in UTF-16 units: a private key fits. */
export const SECRET_UNITS_MAX = 16 * KIB;
export const PASSPHRASE_MIN = 8;
export const PASSPHRASE_MAX = 1024;
/** Memory that a vault's file may make the derivation of its key take. */
export const SCRYPT_MEMORY_MAX_BYTES = 1024 * MIB;
/** Wrong passphrases in a row that cost no wait of their own. */
export const PASSPHRASE_FREE_ATTEMPTS = 3;
/** Wait after the first wrong passphrase beyond them; it doubles with each. */
export const PASSPHRASE_DELAY_MIN_MS = 1000;
export const PASSPHRASE_DELAY_MAX_MS = 5 * 60_000;
/** One question to the keychain. It may be asking a person to unlock it meanwhile. */
export const KEYCHAIN_TIMEOUT_MS = 30_000;
/** How long a save waits for another process to finish its own. */
export const VAULT_LOCK_WAIT_MS = 5000;
/** One file of another program that profiles are read from. */
export const IMPORT_BYTES_MAX = 8 * MIB;
/** How often the vault looks whether it is time to lock by itself. */
export const AUTO_LOCK_LOOK_MS = 1000;
/** Profiles that are tested at once. */
export const PROFILE_TESTS_MAX = 4;
/** Drafts that imports have read and nobody has saved yet. */
export const IMPORTS_KEPT_MAX = 1000;
/** How long their secrets wait for that. */
export const IMPORT_KEPT_MS = 15 * 60_000;
/** The policy file. */
export const POLICY_BYTES_MAX = 1 * MIB;

// History and drafts
/** A file of the history is closed and a new one begun at the first write that reaches this. */
export const HISTORY_SEGMENT_BYTES = 1 * MIB;
/** Age at which a file is closed though it is small, so that the policy's age can cut it. */
export const HISTORY_SEGMENT_AGE_MS = 24 * 3600 * 1000;
/** Whole history; the oldest files are cut beyond it. */
export const HISTORY_BYTES_MAX = 64 * MIB;
/** Statements of the whole history; the oldest files are cut beyond it. */
export const HISTORY_ENTRIES_MAX = 200_000;
/** A statement's text, and its values together, in UTF-16 units; a longer one is kept cut, and says so. */
export const HISTORY_TEXT_UNITS_MAX = 256 * KIB;
/** The server's words about a statement, in UTF-16 units; longer ones are cut. */
export const HISTORY_FAILURE_UNITS_MAX = 16 * KIB;
/** Records waiting for the disk, in UTF-16 units; what comes beyond is not kept, and told. */
export const HISTORY_PENDING_UNITS_MAX = 64 * MIB;
/** From a record's write to its sync: what a power cut may take. A kill takes nothing of it. */
export const HISTORY_SYNC_MS = 1000;
/** Entries of one page. */
export const HISTORY_PAGE_MAX = 1000;
/** Problems told of the history or the drafts at once; later ones are counted. */
export const KEPT_PROBLEMS_MAX = 20;
/** Drafts: the open tabs of all pages. */
export const DRAFTS_MAX = 200;
/** The title of a tab, in UTF-16 units. */
export const DRAFT_TITLE_UNITS_MAX = 120;
/** One draft, in UTF-16 units. */
export const DRAFT_UNITS_MAX = 2 * MIB;

// Server and views
export const DEFAULT_PORT = 4477;
/** Body of `POST /api/commands`. */
export const BODY_BYTES_MAX = 20 * MIB;
/** Unsent bytes of one WebSocket beyond which it is told to resync. */
export const WS_BACKLOG_BYTES = 4 * MIB;
/** Envelopes that a WebSocket may be behind; further behind it is told to resync. */
export const WS_BEHIND_MAX = 50_000;
/** Between two signs of life to an open page; a page that has none for twice as long says that Querytape does not answer. */
export const WS_HEARTBEAT_MS = 2000;
export const WS_CLIENTS_MAX = 32;
/** Refused requests of one code within so long are one record. */
export const REFUSALS_SUMMED_MS = 1000;
/** Records of refusals that may come at once after a quiet time. */
export const REFUSAL_RECORDS_AT_ONCE = 200;
/** One more is allowed after so long: 180 an hour. Together they take less than a quarter of the tape in the time that it is stored. */
export const REFUSAL_RECORD_EVERY_MS = 20_000;
/** Refused commands that have a record each at once after a quiet time; more are counted. */
export const COMMAND_REFUSALS_AT_ONCE = 5000;
/** One more is allowed after so long: 240 an hour. */
export const COMMAND_REFUSAL_EVERY_MS = 15_000;
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
/** Command ids whose answers are remembered. */
export const COMMANDS_REMEMBERED_MAX = 10_000;
/** Ended queries that a view keeps. */
export const ENDED_QUERIES_MAX = 500;
/** Ended sessions and connections that a view keeps. */
export const ENDED_ACTORS_MAX = 100;
/** Statements whose text and words are remembered. */
export const SIDE_STORE_MAX = 2000;
/** Their text together, in UTF-16 units. */
export const SIDE_STORE_UNITS_MAX = 64 * MIB;
/** Schemas, databases or collections in one page of the catalogue. */
export const CATALOGUE_PAGE_MAX = 500;

// Tape, continued
/** Records of one write and one sync. A crash can tear no more than this off the end of the tape. */
export const TAPE_BATCH_BYTES_MAX = 4 * MIB;
/** Bytes of the records waiting for the disk. */
export const TAPE_PENDING_BYTES_MAX = 64 * MIB;
/** One checkpoint. A larger state is not checkpointed; the next start folds more. */
export const TAPE_CHECKPOINT_BYTES_MAX = 64 * MIB;
/** Damages told of one tape; later ones are counted. */
export const TAPE_DAMAGES_MAX = 100;
/** A bundle, unpacked: a tape with the segments that it may be longer by, and the manifest. */
export const BUNDLE_BYTES_MAX = TAPE_BYTES_MAX + 4 * TAPE_SEGMENT_BYTES;
/** Memory of the thread that replays a tape, in MiB. */
export const REPLAY_MEMORY_MIB = 1024;
/** Tapes that are replayed for clients at once; one more is refused. */
export const REPLAYS_MAX = 2;

// Classifiers
/** A text that is classified, in UTF-8 bytes; a longer one is unknown. */
export const CLASSIFY_BYTES_MAX = 2 * MIB;
/** One judgement as a whole, from the moment its turn comes. */
export const CLASSIFY_TIMEOUT_MS = 500;
/** The longest change that a second parser reads too, in UTF-16 units: it takes its time. */
export const SECOND_READING_UNITS_MAX = 2048;
/** Starting the thread that judges, with its parsers. */
export const CLASSIFIER_START_TIMEOUT_MS = 10_000;
/** Texts that wait to be judged; one more is unknown. */
export const CLASSIFY_WAITING_MAX = 10_000;
/** Memory of the thread that judges, in MiB; beyond it the thread is replaced. */
export const CLASSIFIER_MEMORY_MIB = 512;
/** Levels of a syntax tree, and of parentheses, that are looked into. */
export const CLASSIFY_NESTING_MAX = 1000;
/** Dangers told of one text. */
export const DANGERS_MAX = 100;
/** Rows that a subquery may be limited to where its LIMIT alone says that it means a few. */
export const LIMITED_ROWS_MAX = 100;
/** MySQL's executable comments of one text: it is judged with and without each of them. */
export const EXECUTABLE_COMMENTS_MAX = 4;
/** A text longer than this, in UTF-16 units, has no shape, only a fingerprint. */
export const SHAPE_SOURCE_UNITS_MAX = 64 * KIB;
/** A shape longer than this is left out. */
export const SHAPE_UNITS_MAX = 4 * KIB;
