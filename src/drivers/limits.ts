import { KIB, MIB, PAUSED_MAX_MS } from '../events/limits.ts';

// The limits of this room, each with its unit last; src/events/limits.ts has those that others need too.

// Actors
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
/** Tables whose columns a connection knows by their numbers. Beyond it all are asked for again. */
export const TABLES_KNOWN_MAX = 2000;
/** Quiet time after which TCP asks whether the server is still there. */
export const KEEPALIVE_DELAY_MS = 10_000;
/** Between two looks whether the connection of a paused result was reset. */
export const PAUSED_LOOK_MS = 1_000;
/** How long a cancel waits for the files of its certificates, in milliseconds; then it goes by those that the connection was opened with. */
export const RENEWAL_TIMEOUT_MS = 500;
/** User types whose names a connection learns; others are shown by their oid. */
export const TYPES_MAX = 5000;
/** What a connection does for itself between two statements. A server that is slower has the time of a cancel besides. */
export const UPKEEP_TIMEOUT_MS = 2000;
/** Length of a MySQL statement, in UTF-16 units, whose columns are traced to their tables. */
export const ORIGIN_TEXT_UNITS_MAX = 256 * KIB;
/** How long a MySQL server waits for a client that reads nothing: a paused result, and some time to come back. */
export const SERVER_WRITE_TIMEOUT_MS = PAUSED_MAX_MS + 60_000;
/** A MongoDB statement, in UTF-16 units: it is read as a whole, as a tree of its parts. */
export const MONGODB_STATEMENT_UNITS_MAX = 4 * MIB;
/** What a batch of documents is to have, in bytes; how many to ask for is estimated from those that came. */
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
/** Columns of one result. MySQL's tables have no more; PostgreSQL's own limit is 1 664. */
export const RESULT_COLUMNS_MAX = 4096;
/** The definitions of one MySQL result's columns together: names have at most 256 characters, and there are six of them. */
export const DEFINITIONS_BYTES_MAX = 16 * MIB;
/** Pairs of a waiting and a blocking transaction that are read of a MySQL server; one with more of them has more to say than is listed. */
export const LOCK_PAIRS_MAX = 10_000;
/** What is read of one error or notice of a PostgreSQL server; what is beyond is thrown away, and the words say so. */
export const FAILURE_MESSAGE_BYTES_MAX = 256 * KIB;
/** What a PostgreSQL server may send before and after its sign-in, until it takes the first statement. */
export const HANDSHAKE_BYTES_MAX = MIB;
/** Work on what one PostgreSQL or MySQL server sends, after which all others have their turn. */
export const TURN_MS = 1;
/** The buffer that a connection to PostgreSQL or MySQL without TLS is read into, again and again. */
export const READ_BUFFER_BYTES = 64 * KIB;
/** Iterations of SCRAM's key: fewer are too easily guessed from, more are not computed. */
export const SCRAM_ITERATIONS_MIN = 4096;
export const SCRAM_ITERATIONS_MAX = 10_000_000;
/** Iterations up to which the key is derived at once; a thread of its own does the others. */
export const SCRAM_ITERATIONS_INLINE = 16_384;

// Tunnels
/** A file of known hosts; a longer one is not read. */
export const KNOWN_HOSTS_BYTES_MAX = 4 * MIB;
/** Seconds between signs of life on an SSH connection, where the profile names no other. It outlives what NAT forgets. */
export const SSH_KEEPALIVE_S = 30;
/** Signs of life that may be missed. */
export const SSH_SIGNS_MISSED_MAX = 2;
/** Seconds for dialling an SSH server, until it says that it is one. */
export const SSH_CONNECT_TIMEOUT_S = 20;
/** A line that ssh writes, in characters; the rest of it is dropped. */
export const SSH_LINE_LENGTH_MAX = 4096;
/** A prompt that ssh asks the user, in characters; a longer one is not asked. */
export const SSH_PROMPT_LENGTH_MAX = 16 * KIB;
/** Time that ssh gets to end before it is killed. */
export const SSH_STOP_TIMEOUT_MS = 2_000;
/** Time of listing an agent's keys. */
export const SSH_ADD_TIMEOUT_MS = 5_000;
/** Time of resolving a name by the user's own SSH configuration, whose commands may take some. */
export const SSH_RESOLVE_TIMEOUT_MS = 10_000;
/** Files of the user's own SSH configuration that are searched for commands. */
export const SSH_CONFIG_FILES_MAX = 100;
/** Names of the user's SSH configuration that are offered. */
export const SSH_CONFIG_NAMES_MAX = 1_000;
/** The path of a Unix-domain socket (unix(7): 108 bytes on Linux, 104 elsewhere), with room for what ssh adds to it. */
export const SOCKET_PATH_BYTES_MAX = 90;
/** A file of certificates, or of a key for TLS. A system's store of authorities has some 250 KiB. */
export const PEM_FILE_BYTES_MAX = 16 * MIB;
/** A private key's file. */
export const KEY_FILE_BYTES_MAX = 64 * KIB;
/** Deriving a private key from its passphrase. */
export const KEY_DERIVATION_TIMEOUT_MS = 30_000;
/** Keys of an agent that one server is offered where none was chosen: as many attempts as OpenSSH's server takes. */
export const AGENT_KEYS_MAX = 6;
/** Dialling a hop, its key exchange, or one answer in its sign-in; the time that the user takes does not count. */
export const HOP_ANSWER_TIMEOUT_MS = 20_000;
/** What an SSH server may send before it has signed the user in. */
export const HOP_SIGN_IN_BYTES_MAX = MIB;
/** Rounds of questions in one sign-in, those without a question included in the bytes. */
export const PROMPT_ROUNDS_MAX = 10;
/** A text of a round: its name, its instructions, a question; in UTF-16 units. */
export const PROMPT_UNITS_MAX = 2000;
/** Time that a hop may take to answer a keepalive. */
export const TUNNEL_SIGN_TIMEOUT_MS = 10_000;
/** Connections through a tunnel at the same time. */
export const TUNNEL_CONNECTIONS_MAX = 256;
/** A server that takes smaller packets of a channel than this is not used: with each byte in a packet of its own, or none, nothing else would be done. */
export const CHANNEL_PACKET_BYTES_MIN = 256;
/** Bytes that wait to be sent to a hop before what is forwarded waits too. */
export const TUNNEL_WAITING_BYTES_MAX = 4 * MIB;
/** Closing a tunnel in an orderly way; then its sockets are destroyed. */
export const TUNNEL_GOODBYE_MS = 500;

// Server and views
/** Schemas, databases or collections in one page of the catalogue. */
export const CATALOGUE_PAGE_MAX = 500;

// Classifiers
/** A text that is classified, in UTF-8 bytes; a longer one is unknown. */
export const CLASSIFY_BYTES_MAX = 2 * MIB;
/** CPU time of one judgement. */
export const CLASSIFY_CPU_MS = 500;
/** Time of one judgement by the wall clock, on a machine that is too busy to give it its CPU time. */
export const CLASSIFY_WALL_MAX_MS = 4000;
/** The longest change that a second parser reads too, in UTF-16 units: it takes its time. */
export const SECOND_READING_UNITS_MAX = 2048;
/** Judgements that are remembered, of the texts judged last. */
export const JUDGEMENTS_MAX = 2000;
/** Their bytes in memory. */
export const JUDGEMENTS_BYTES_MAX = 4 * MIB;
/** The longest text whose judgement is remembered, in UTF-16 units. */
export const JUDGEMENT_TEXT_UNITS_MAX = 16 * KIB;
/** Starting the thread that judges, with its parsers. */
export const CLASSIFIER_START_TIMEOUT_MS = 10_000;
/** Texts that wait to be judged; one more is unknown. */
export const CLASSIFY_WAITING_MAX = 10_000;
/** Memory of the thread that judges, in MiB; beyond it the thread is replaced. */
export const CLASSIFIER_MEMORY_MIB = 512;
/** Levels of a syntax tree, and of parentheses, that are looked into. */
export const CLASSIFY_NESTING_MAX = 1000;
/** Dangers reported of one text. */
export const DANGERS_MAX = 100;
/** Rows that a subquery may be limited to where its LIMIT alone says that it means a few. */
export const LIMITED_ROWS_MAX = 100;
/** MySQL's executable comments of one text: it is judged with and without each of them. */
export const EXECUTABLE_COMMENTS_MAX = 4;
/** A text longer than this, in UTF-16 units, has no shape, only a fingerprint. */
export const SHAPE_SOURCE_UNITS_MAX = 64 * KIB;

// Tunnels by a command
/** From its start to its port answering, or its output having the text. */
export const COMMAND_READY_TIMEOUT_MS = 30_000;
/** Between two looks whether it is ready. */
export const COMMAND_PORT_LOOK_MS = 100;
/** What is remembered of its output, in UTF-16 units. */
export const COMMAND_OUTPUT_UNITS_MAX = 8 * KIB;
/** From asking it to end to killing it and whatever it started. */
export const COMMAND_END_TIMEOUT_MS = 2_000;
