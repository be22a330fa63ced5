import { CONNECTION_ADVICE } from '../connection-advice.ts';

const AGAIN = 'Another transaction was in the way. Roll back and run it again.';

/** For what stopped a statement, where the code alone does not say that: 57014, and the codes of `AGAIN`. */
export const STOPPED_ADVICE: Readonly<Record<'limit' | 'recovery', string>> = {
  limit:
    'The server’s statement_timeout stopped this: that of the role, the database or the session (SHOW statement_timeout). Set a longer one, or ask whoever runs the server.',
  recovery:
    'A standby stopped this to replay its primary’s changes. Roll back and run it again, or run it on the primary.',
};

/** What the user can do next, by SQLSTATE (PostgreSQL manual, appendix A), the system's errno or a code of ours. */
export const ADVICE: Readonly<Record<string, string>> = {
  ...CONNECTION_ADVICE,
  '08P01': 'If the statement has placeholders such as $1, put their values into it.',
  25006:
    'The transaction is read-only: as every one is on a standby or a read-only connection, or by default_transaction_read_only. Connect to the primary, or begin a transaction that writes (BEGIN READ WRITE).',
  '25P02': 'The transaction has failed; roll back to go on.',
  '25P03': 'The server ended the connection because its transaction stood idle for too long. Open it again.',
  '25P04':
    'The server’s transaction_timeout ended the connection, and the transaction with it. Open it again, and commit sooner or set a longer one.',
  '28000': "The server refused the sign-in. Its own words say why; ask whoever runs it if they don't help.",
  'role.unknown':
    'Check the user name. A role of this name must exist on the server, or have another name there.',
  'role.mayNotSignIn': 'The role exists but may not sign in. Use another, or ask for ALTER ROLE … LOGIN.',
  'hba.rejected':
    'A rule of pg_hba.conf rejects this user, database and address. Ask whoever runs the server to change the rule.',
  'hba.noEntry':
    'No rule of pg_hba.conf is for this user, database and address. Ask whoever runs the server for one.',
  'hba.noEntryUnencrypted':
    'No rule of pg_hba.conf is for this user, database and address without encryption. Try a TLS mode other than “None”; if that fails, ask whoever runs the server for a rule.',
  'hba.peer':
    'The rule of pg_hba.conf lets in whoever is signed in to this machine by the same name, or by one that pg_ident.conf maps to it, and asks for no password. Use that user, or connect by the network; or ask whoever runs the server for a rule with scram-sha-256.',
  'hba.ident':
    'The rule of pg_hba.conf asks this machine who connects, and takes no password. Ask whoever runs the server for a rule with scram-sha-256.',
  'hba.certificate':
    'The client certificate is for another user: its common name has to be the user’s, or pg_ident.conf has to map it. Name another certificate or another user.',
  '28P01':
    'Check user and password, and whether the password has expired (VALID UNTIL); the server does not say which of them it is.',
  '3D000': 'There is no such database on this server. Check its name.',
  '40001': AGAIN,
  '40P01': AGAIN,
  '42501': 'Ask who runs the server for the privilege, or connect as another user.',
  '53300': 'The server, database or role has no connection left. Close some, or ask who runs it for more.',
  '55000': 'The database takes no connections. Ask who runs the server.',
  '55P03': 'Another transaction holds a lock on this. Try again, or find out who holds it (pg_locks).',
  '57P01': 'This server process was ended, or the server was stopped. Open the connection again.',
  '57P02': 'Another server process crashed and the server restarted. Open the connection again.',
  '57P03': 'The server is starting up, recovering or shutting down. Try again in a moment.',
  '57P05': 'The server ended the connection because it stood idle for too long. Open it again.',
  'auth.cleartext':
    'Use the TLS mode “Verify CA and name” (through a tunnel with the server name in the TLS settings) or the server’s Unix-domain socket; or ask whoever runs the server for a rule of pg_hba.conf with scram-sha-256.',
  'auth.iterations':
    'Ask whoever runs the server: its own default, scram_iterations = 4096, will do. If it did not ask for this, something else answers in its place.',
  'auth.md5':
    'Use the TLS mode “Verify CA and name”; or ask whoever runs the server to set password_encryption to scram-sha-256 and the password again. If it does not use MD5, something else answers in its place.',
  'auth.serverUnproven':
    'Check host and port. If they are right, something else answers in the server’s place: use the TLS mode “Verify CA and name”.',
  'auth.unsupported':
    'Ask whoever runs the server for a rule of pg_hba.conf with scram-sha-256 or cert for this user, database and address.',
  'pooler.ended':
    'A connection pooler such as PgBouncer in front of the server ended this. Its words name a limit or a rule of its own, or that it lost the server; its log says more.',
  'pooler.statementMode':
    'The pooler in front of the server takes no transactions (pool_mode = statement), which edits and read-only connections need. Connect to the server itself, or to a pool in the mode transaction or session.',
  'protocol.violated':
    'What answers there is not a PostgreSQL server, or something between changes the bytes.',
  'tls.failed': 'Check that the port is a PostgreSQL server, and its TLS settings.',
  'tls.certificateRequired':
    'The server wants a client certificate. Name its file and its key in the TLS settings.',
};
