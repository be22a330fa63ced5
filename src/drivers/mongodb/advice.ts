import { CONNECTION_ADVICE } from '../connection-advice.ts';

const AGAIN = 'Another transaction was in the way. Abort this one and run it again.';
const CURSOR_LOST =
  'The server had closed the cursor before all documents were read: it was not read for too long, or its session was ended. Run it again with **Fetch all**, or ask for fewer documents.';
const MOVED =
  'This member takes no writes: another one is the primary. Open the connection again, by a profile that reads from the primary.';
const MAINTENANCE = 'The server is starting up, recovering or shutting down. Try again in a moment.';

/** What the user can do next, by the server's error number (MongoDB manual, "Error Codes"), the system's errno or a code of ours. */
export const ADVICE: Readonly<Record<string, string>> = {
  ...CONNECTION_ADVICE,
  13: 'Ask who runs the server for the role, or connect as another user.',
  18: 'Check user, password and the database that the user is defined in (authSource); the server does not say which is wrong.',
  20: 'This needs a replica set or a sharded cluster.',
  26: 'There is no such collection. Check its name and the current database.',
  43: CURSOR_LOST,
  50: 'The statement took longer than its maxTimeMS. Ask for less, or make it longer.',
  91: MAINTENANCE,
  112: AGAIN,
  121: 'The document does not keep the collection’s rules; the detail says which.',
  237: CURSOR_LOST,
  251: 'The transaction has ended on the server. Abort it to go on.',
  256: 'The transaction was committed, although its commit was answered by an error. Look at the data before you run it again.',
  263: 'Run it outside of a transaction.',
  10107: MOVED,
  11000: 'Another document has this value, and an index says that it comes once.',
  11600: MAINTENANCE,
  11602: MOVED,
  13435: MOVED,
  ECONNRESET: 'The connection was cut. Check the server and its TLS settings, and what lies between.',
  ENODATA: 'The name has no SRV records. Check its spelling, or connect to a host and port.',
  'auth.cleartext':
    'Use the TLS mode “Verify CA and name” or “Verify CA”, or SCRAM: a password in the clear goes only to a server that is proved to be the right one.',
  'connection.closed':
    'Check whether the server still runs and what it wants of TLS, then open the connection again.',
  'connection.failed': 'Check host, port and TLS settings, and whether a MongoDB server runs there.',
  'connection.primary':
    'Check whether its members are up and which of them the profile reads from. Or name the host of a member that is up, or connect to one member directly.',
  'connection.replicaSet': 'Check the name of the replica set in the profile.',
  'connection.silent':
    'The server, or the way to it, has stopped answering. Check both, then open the connection again.',
  'protocol.violated': 'What answers there is not a MongoDB server, or something between changes the bytes.',
  'tls.failed': 'Check that the port is a MongoDB server that takes TLS, and its TLS settings.',
  'tls.internalError':
    "A hosted cluster such as MongoDB Atlas ends the connection like this when this machine's address is not on its IP access list. Add the address there; otherwise ask who runs the server.",
  'transaction.none': 'Start one with session.startTransaction().',
  'transaction.open': 'Commit or abort it first.',
  'transaction.unsupported': 'MongoDB has transactions on replica sets and sharded clusters only.',
};
