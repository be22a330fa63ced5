import { KIB, MIB } from '../events/limits.ts';

// The limits of this room, each with its unit last; src/events/limits.ts has those that others need too.

// Tape
/** A segment is closed and a new one begun at the first batch that reaches this. */
export const TAPE_SEGMENT_BYTES = 16 * MIB;
/** A segment of at least this is closed with the tape, so that the next start has a checkpoint to begin from and little to fold. */
export const TAPE_CLOSING_SEGMENT_BYTES = MIB;
/** Whole tape; the oldest segments are cut beyond it. */
export const TAPE_BYTES_MAX = 1024 * MIB;
/** One line of the tape. A record is a few hundred bytes; a longer line is damage. */
export const TAPE_LINE_BYTES_MAX = 64 * KIB;
/** Records waiting for the disk, at which the workspace closes its sessions in order. */
export const TAPE_CROWDED_AT = 20_000;
/** Records waiting for the disk at most, so that the closing has room. Beyond it the process ends: nothing may happen unrecorded. */
export const TAPE_PENDING_MAX = 60_000;
/** How long a record that nothing waits for may wait for others to share its sync. */
export const TAPE_LINGER_MS = 3;
/** Wait between attempts to write after the disk refused. */
export const TAPE_RETRY_MS = 1000;
/** Records of one write and one sync. A crash can tear no more than this off the end of the tape. */
export const TAPE_BATCH_BYTES_MAX = 4 * MIB;
/** Bytes of the records waiting for the disk. */
export const TAPE_PENDING_BYTES_MAX = 64 * MIB;
/** One checkpoint. A larger state is not checkpointed; the next start folds more. */
export const TAPE_CHECKPOINT_BYTES_MAX = 64 * MIB;
/** Damages reported of one tape; later ones are counted. */
export const TAPE_DAMAGES_MAX = 100;
/** A bundle, unpacked: a tape with the segments that it may be longer by, its other parts and what pseudonyms are longer by. */
export const BUNDLE_BYTES_MAX = TAPE_BYTES_MAX + 16 * TAPE_SEGMENT_BYTES;
/** Files in a bundle: the segments of such a tape, and the others. */
export const BUNDLE_PARTS_MAX = 200;
/** Lines of a bundle's segments. */
export const BUNDLE_LINES_MAX = 16_000_000;
/** Bundles whose preview was made and that can be downloaded; beyond it the oldest can't any more. */
export const BUNDLES_PREPARED_MAX = 4;
/** Events that a preview shows. */
export const BUNDLE_EVENTS_SHOWN = 200;
/** Lines of the log in a bundle, the newest. */
export const BUNDLE_LOG_BYTES_MAX = 2 * MIB;
/** Its manifest, and each of its parts that is no segment and no log. */
export const BUNDLE_TEXT_BYTES_MAX = 1 * MIB;

// Results
/** Of one result, in memory; the rest goes to its spill file. */
export const RESULT_MEMORY_BYTES = 32 * MIB;
/** Of all results together, in memory. */
export const RESULTS_MEMORY_BYTES = 256 * MIB;
/** Bytes waiting to be spilled before the source pauses. */
export const SPILL_BACKLOG_BYTES = 8 * MIB;
/** One block of the memory that rows are copied into; rows on their way to the disk fill the same blocks again and again. */
export const RESULT_BLOCK_BYTES = 256 * KIB;
/** Blocks that no row is in, together; more are freed. */
export const BLOCKS_IDLE_BYTES = 8 * MIB;
export const RESULTS_MAX = 200;
/** A result that has not been read for this long is dropped. */
export const RESULT_AGE_MAX_MS = 4 * 3600 * 1000;
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
export const PASSPHRASE_MIN = 8;
export const PASSPHRASE_MAX = 1024;
/** Memory that a vault's file may make the derivation of its key take. */
export const SCRYPT_MEMORY_MAX_BYTES = 1024 * MIB;
/** Wrong passphrases in a row that cost no wait of their own. */
export const PASSPHRASE_FREE_ATTEMPTS = 3;
/** Wait after the first wrong passphrase beyond them; it doubles with each. */
export const PASSPHRASE_DELAY_MIN_MS = 1000;
export const PASSPHRASE_DELAY_MAX_MS = 5 * 60_000;
/** One question to the keychain. It may be asking the user to unlock it in the meantime. */
export const KEYCHAIN_TIMEOUT_MS = 30_000;
/** How long a save waits for another process to finish its own. */
export const VAULT_LOCK_WAIT_MS = 5000;
/** One file of another program that profiles are read from. */
export const IMPORT_BYTES_MAX = 8 * MIB;
/** Drafts that imports have read and that are not saved yet. */
export const IMPORTS_KEPT_MAX = 1000;
/** How long their secrets wait for that. */
export const IMPORT_KEPT_MS = 15 * 60_000;
/** The policy file. */
export const POLICY_BYTES_MAX = 1 * MIB;

/** A clock that is so far ahead of its last look deletes nothing by age before it has stayed there. */
export const CLOCK_LEAP_MS = 30 * 24 * 3600 * 1000;
/** How long it has to stay. */
export const CLOCK_LEAP_BELIEVED_MS = 24 * 3600 * 1000;

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
/** Records waiting for the disk, in UTF-16 units; what comes beyond is not stored, and reported. */
export const HISTORY_PENDING_UNITS_MAX = 64 * MIB;
/** From a statement's end to its write, in which the next statement may share it: what a kill may take; the next start has it from the tape. */
export const HISTORY_LINGER_MS = 100;
/** From a record's write to its sync: what a power cut may take. A kill takes nothing of it. */
export const HISTORY_SYNC_MS = 1000;
/** Pages of the history whose next page is read from where they end, without the newer files. */
export const HISTORY_BOOKMARKS_MAX = 100;
/** Problems reported of the history or the drafts at once; later ones are counted. */
export const KEPT_PROBLEMS_MAX = 20;

// Log
/** A file of the log is closed and the next one begun beyond this. */
export const LOG_FILE_BYTES = 8 * MIB;
/** Files of the log; the oldest are deleted beyond it, and those that are older than the tape may be. */
export const LOG_FILES_MAX = 20;
/** Lines are gathered up to this before they are written. */
export const LOG_WRITE_BYTES = 8 * KIB;
/** How long a line may wait to be written; what a kill may take of the log. The tape has it. */
export const LOG_FLUSH_MS = 250;
/** Lines waiting for the disk; those beyond are dropped. */
export const LOG_PENDING_BYTES_MAX = 4 * MIB;
/** One line of the log that is read; a longer one is not of this program. */
export const LOG_LINE_BYTES_MAX = 64 * KIB;
