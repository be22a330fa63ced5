import { CONNECTION_ADVICE } from '../connection-advice.ts';

const READ_ONLY =
  'The server or the transaction takes no writes. Connect to the primary, or begin a transaction that writes.';
/** For what a user may not do. */
export const PRIVILEGE = 'Ask who runs the server for the privilege, or connect as another user.';
const EXPIRED =
  "The password has expired. Set a new one here: ALTER USER CURRENT_USER() IDENTIFIED BY '…' on MySQL, SET PASSWORD = PASSWORD('…') on MariaDB. Then save it in the profile, and open the connection again.";
const ENDED = 'This connection was ended on the server, or the server was stopped. Open it again.';
const ENCRYPT = 'The server takes only encrypted connections from here. Use a TLS mode other than “None”.';

/**
 * What the user can do next, by the server's error number (MySQL manual, "Server Error Message Reference"; MariaDB manual,
 * "MariaDB Error Codes"), the system's errno or a code of ours.
 */
export const ADVICE: Readonly<Record<string, string>> = {
  ...CONNECTION_ADVICE,
  1040: 'The server has no connection left. Close some, or ask who runs it for more (max_connections).',
  1044: 'This user may not use that database. Check its name, or ask for the privilege.',
  // Some servers say the same to whoever comes unencrypted where they want TLS, and all to whoever lacks a certificate (REQUIRE X509).
  1045: 'Check user and password, the client certificate, the TLS mode, and whether the account may sign in from this machine; the server does not say which of them is wrong.',
  1046: 'Name the database in the profile, or write it before the table: shop.orders.',
  1049: 'There is no such database on this server. Check its name, or leave it empty.',
  1053: ENDED,
  1095: PRIVILEGE,
  1129: 'The server blocked this machine after too many broken connections. Ask who runs it for FLUSH HOSTS.',
  1130: 'The server accepts no connection from this machine. Ask who runs it for an account with this host.',
  1142: PRIVILEGE,
  1143: PRIVILEGE,
  1153: 'Send less at once, or ask who runs the server for a larger max_allowed_packet.',
  1184: 'The statements of the server’s init_connect failed for this user. Ask whoever runs the server; an account that they don’t apply to can connect.',
  1203: 'This user has no connection left. Close some, or ask who runs the server for more.',
  1205: 'Another transaction holds a lock on this. Try again, or find out who holds it (SHOW ENGINE INNODB STATUS).',
  1213: 'Another transaction was in the way, and the server rolled this one back. Run it again.',
  1226: 'This user has used up what the server allows it. Wait, or ask who runs the server for more.',
  1227: PRIVILEGE,
  1251: 'The server wants an old way of signing in. Ask who runs it to renew the password.',
  1290: READ_ONLY,
  1356: 'The view names a table, a column, a function or a definer that does not exist or may not be used. Alter or drop the view.',
  1449: 'The user whose rights it runs with does not exist. Create that user, or set another DEFINER with ALTER.',
  1698: 'The account takes no password from here: it signs in through the server’s own socket, as the user of its machine with the same name, or by a plugin. Connect by the socket as that user, or ask whoever runs the server for an account with a password.',
  1792: READ_ONLY,
  1820: EXPIRED,
  1836: READ_ONLY,
  1862: EXPIRED,
  1927: ENDED,
  1969: 'The statement took longer than the server’s max_statement_time allows.',
  3024: 'The statement took longer than the server’s max_execution_time allows.',
  3032: 'The server is in offline mode: only administrators may connect. Ask whoever runs it when it is back.',
  3118: 'The account is locked. Ask who runs the server to unlock it.',
  3159: ENCRYPT,
  3169: ENDED,
  3955: 'The account is locked for some days after too many wrong passwords. Ask whoever runs the server to unlock it.',
  4031: 'The server ended the connection because it stood idle for too long. Open it again.',
  4151: 'The account is locked. Ask who runs the server to unlock it.',
  ENOENT: 'There is no such socket. Check its path, and whether the server runs.',
  ENOTSOCK: 'That file is no socket. Name the server’s socket, or the folder it is in.',
  'auth.cleartext':
    'Use the TLS mode “Verify CA and name” or “Verify CA”, or the server’s socket: a password in the clear goes only to a server that is proved to be the right one.',
  'auth.failed': 'Check user and password, and how the account signs in.',
  'auth.passwordTooLong':
    'Use a TLS mode other than “None”: an encrypted connection takes a password of any length.',
  'auth.needsEncryption':
    'Check the password. If it is right, use the TLS mode “Verify CA and name”, or “Encrypt” where no certificate can be checked, or name the file of the server’s public key in the profile (SHOW STATUS LIKE "Caching_sha2_password_rsa_public_key" prints it).',
  'auth.serverKey':
    'Check whether the host is the right one and whether the server has a new key, or use a TLS mode other than “None”.',
  'auth.unsupported':
    'Ask whoever runs the server for an account with a password: caching_sha2_password, mysql_native_password, ed25519.',
  'protocol.violated':
    'What answers there is not a MySQL or MariaDB server, or something between changes the bytes.',
  'statement.tooLarge': 'Send less at once, or ask who runs the server for a larger max_allowed_packet.',
  'tls.failed': 'Check that the port is a MySQL or MariaDB server, and its TLS settings.',
};
