import { MIB } from '../events/limits.ts';

// The limits of this room, each with its unit last; src/events/limits.ts has those that others need too.

// Actors
export const CONNECTIONS_PER_SESSION_MAX = 16;
/** Living statements of one session; each is an actor of it. */
export const STATEMENTS_WAITING_MAX = 250;
/** Wait before an idle transaction is rolled back where that could not be asked for: the session or the disk was not ready. */
export const IDLE_ROLLBACK_RETRY_MS = 5_000;
/** Statements in one script. */
export const SCRIPT_STATEMENTS_MAX = 20_000;
/** Statements of one script that run or wait at once; the others are submitted as these end. */
export const SCRIPT_LIVING_MAX = 32;
/** Statements of a stopped script whose end is recorded at once, before the tape writes what it has. */
export const SCRIPT_LEFT_AT_ONCE = 250;
/** A submitted text in UTF-8 bytes. */
export const STATEMENT_BYTES_MAX = 16 * MIB;
export const CATALOGUE_TIMEOUT_MS = 20_000;
/** The rows that answer it. */
export const CATALOGUE_BYTES_MAX = 64 * MIB;
/** The row that an edit is read back with; of a larger one the page shows what was sent. */
export const EDITED_ROW_BYTES_MAX = 4 * MIB;
/** One COMMIT, ROLLBACK or RELEASE of ours after a statement. It is never cancelled; beyond it the connection is given up. */
export const ENCLOSURE_CLOSE_TIMEOUT_MS = 60_000;
/** A shorter pause of a result is not recorded: the disk only fell behind for a moment. */
export const PAUSE_RECORDED_MS = 100;
/** Shortest time between two `query.progressed` of one query. */
export const PROGRESS_INTERVAL_MS = 250;
/** Attempts to make the catalogue's connection again before the session waits for the user to reconnect. */
export const RECONNECT_ATTEMPTS_MAX = 20;
/** A session's close: time for a cancel to escalate to its end. Statements that have no end by then are abandoned. */
export const SESSION_CLOSE_TIMEOUT_MS = 25_000;
/** Orderly shutdown as a whole, a session's close and its connections' included; after it the process ends. */
export const SHUTDOWN_TIMEOUT_MS = 35_000;

/** What an orphan's process runs is another statement where it began so much later than the one in flight was sent. */
export const ORPHAN_LATER_STATEMENT_MS = 5_000;
/** Looking whether an orphan that the server was asked to end has ended. */
export const ORPHAN_CONFIRM_TIMEOUT_MS = 10_000;
/** Between two such looks. */
export const ORPHAN_PROBE_INTERVAL_MS = 250;

// Drivers
/** All notices of one statement, in UTF-16 units; those beyond are counted. */
export const NOTICES_UNITS_MAX = MIB;

// Results
/** How long a statement waits for a disk that takes none of its rows; after it they are thrown away. */
export const DISK_WAIT_MAX_MS = 30_000;

// Replay
/** Records that a replay reports one by one as diverged. */
export const REPLAY_MISMATCHES_MAX = 100;
/** Actors that have ended whose snapshot a replay remembers; the one that ended first is forgotten first. */
export const REPLAY_ENDED_MAX = 4096;
/** Records of actors that can't be replayed which a replay remembers, to know what it can't say of their causes. */
export const REPLAY_UNPROVEN_MAX = 10_000;
/** Actors whose snapshots are remembered of a tape that is looked at; the one that was looked at longest ago goes first. */
export const REPLAY_SNAPSHOT_ACTORS_MAX = 16;

// Tunnels
/** How often it is looked whether a tunnel is to give a sign of life; each look asks for one while a statement runs or waits. */
export const TUNNEL_LOOK_MS = 4_000;
/** A tunnel that gives none within this is lost: with the look before it, a dead one is found within ten seconds. */
export const TUNNEL_PING_TIMEOUT_MS = 5_000;
/** The same after the computer slept or the clock jumped. */
export const TUNNEL_WAKE_TIMEOUT_MS = 1_500;
/** Where a connection is lost whose tunnel seems to forward, the tunnel may take this long to show whether it was lost too. */
export const TUNNEL_WORD_TIMEOUT_MS = 3_000;
/** One text of a question that an SSH server has for the user, in UTF-16 units; a longer one is cut. */
export const PROMPT_TEXT_UNITS_MAX = 4096;

// Vault, imports and policy
/** Profiles that are tested at once. */
export const PROFILE_TESTS_MAX = 4;

// Server and views
/** Refused requests of one code within so long are one record. */
export const REFUSALS_SUMMED_MS = 1000;
/** Records of refusals that may come at once after a quiet time. */
export const REFUSAL_RECORDS_AT_ONCE = 200;
/** One more is allowed after so long: 180 an hour. Together they take less than a quarter of the tape in the time that it is stored. */
export const REFUSAL_RECORD_EVERY_MS = 20_000;
/** Codes of refusals that are counted one by one. They are the program's own and few; beyond it they are counted together. */
export const REFUSAL_CODES_MAX = 64;
/** Refused commands that have a record each at once after a quiet time; more are counted. */
export const COMMAND_REFUSALS_AT_ONCE = 5000;
/** One more is allowed after so long: 240 an hour. */
export const COMMAND_REFUSAL_EVERY_MS = 15_000;
/** Command ids whose answers are remembered. */
export const COMMANDS_REMEMBERED_MAX = 10_000;
/** Statements whose text and words are remembered. */
export const SIDE_STORE_MAX = 2000;
/** Their texts, judgements, notices, failures and edited rows together, in UTF-16 units. */
export const SIDE_STORE_UNITS_MAX = 64 * MIB;
