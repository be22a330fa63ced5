import type { Ask, Role } from '../driver.ts';
import { unquoted } from './classify-gate.ts';
import { Doubt, type Token, tokensOf } from './classify-lexer.ts';

const words = (names: string): ReadonlySet<string> => new Set(names.trim().split(/\s*,\s*/));

/**
 * Privileges that let an account look at something or act as another user, and change nothing (MySQL manual, "Privileges Provided by
 * MySQL"; MariaDB, "GRANT"). One that is not here, as a new one, counts as writing.
 */
const LOOKING = words(
  `USAGE, SELECT, SHOW VIEW, SHOW DATABASES, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, BINLOG MONITOR, SLAVE MONITOR,
   REPLICA MONITOR, SHOW CREATE ROUTINE, SHOW_ROUTINE, SYSTEM_USER, SENSITIVE_VARIABLES_OBSERVER, XA_RECOVER_ADMIN,
   AUDIT_ABORT_EXEMPT, FIREWALL_EXEMPT`,
);

/** All that can be granted on a database: with them on `*.*` no database is held back from the account. */
const ON_DATABASES = words(
  `SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE,
   CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER`,
);
const ALL = 'ALL PRIVILEGES';

/** What one line of SHOW GRANTS says. */
type Grant =
  | { readonly type: 'privileges'; readonly privileges: readonly string[]; readonly everywhere: boolean }
  /** `names` as the server quotes them. */
  | { readonly type: 'roles'; readonly names: readonly string[] }
  | { readonly type: 'revoked' }
  | { readonly type: 'other' };

/**
 * Asks MySQL or MariaDB who we are and what that account may do: its own privileges and those of every role that it has or can
 * take on, as SET ROLE is one statement away. Changes the connection's active role on MariaDB.
 */
export async function readRole(ask: Ask): Promise<Role> {
  const { rows } = await ask('SELECT CURRENT_USER(), @@GLOBAL.read_only, @@SESSION.sql_mode, VERSION()');
  const [user, readOnly, sqlMode, version] = rows[0] ?? [];
  const grants = async (statement: string): Promise<Grant[]> =>
    (await ask(statement)).rows.map(([line]) => grantOf(line ?? '', sqlMode ?? ''));
  const own = await grants('SHOW GRANTS');
  const roles = own.flatMap((grant) => (grant.type === 'roles' ? grant.names : []));
  const all = [...own];
  let isWhole = true;
  for (const statements of askingFor(roles, /mariadb/i.test(version ?? '')))
    try {
      for (const statement of statements) all.push(...(await grants(statement)));
    } catch {
      isWhole = false;
    }
  const rights = all.flatMap((grant) => (grant.type === 'privileges' ? grant.privileges : []));
  const canWrite = rights.some((right) => !LOOKING.has(right));
  isWhole &&= all.every(({ type }) => type !== 'other');
  return {
    user: user ?? '',
    replica: readOnly == null ? null : readOnly !== '0',
    canWrite: canWrite ? true : isWhole ? false : null,
    warnings: mayDoEverything(all) ? [EVERYTHING] : [],
  };
}

/**
 * The statements that show what roles may do. MySQL takes roles into account by their names; MariaDB shows those of an active role
 * only, so each is made active, on a connection that serves for nothing else.
 */
function askingFor(roles: readonly string[], isMariadb: boolean): readonly (readonly string[])[] {
  if (isMariadb) return roles.map((role) => [`SET ROLE ${role}`, 'SHOW GRANTS']);
  return roles.length > 0 ? [[`SHOW GRANTS FOR CURRENT_USER() USING ${roles.join(', ')}`]] : [];
}

const EVERYTHING = 'The account may do everything on every database: no privilege holds it back.';

/** With partial revokes (MySQL 8) a database may be held back although the privilege is global. */
function mayDoEverything(grants: readonly Grant[]): boolean {
  const everywhere = new Set(
    grants.flatMap((grant) => (grant.type === 'privileges' && grant.everywhere ? grant.privileges : [])),
  );
  const isRevoked = grants.some(({ type }) => type === 'revoked');
  return !isRevoked && (everywhere.has(ALL) || [...ON_DATABASES].every((one) => everywhere.has(one)));
}

/**
 * Reads one line of SHOW GRANTS by the server's own rules of quoting, as names and passwords may hold anything: `GRANT SELECT,
 * INSERT (a, b) ON db.* TO …`, `GRANT role, role TO …`, `REVOKE … ON db.* FROM …`, `SET DEFAULT ROLE …`.
 */
function grantOf(line: string, sqlMode: string): Grant {
  const tokens = certainTokens(line, sqlMode);
  const [first] = tokens;
  if (first?.is === 'REVOKE') return { type: 'revoked' };
  if (first?.is === 'SET') return { type: 'privileges', privileges: [], everywhere: false };
  const on = topLevel(tokens, 'ON');
  const to = topLevel(tokens, 'TO');
  if (first?.is !== 'GRANT' || to < 0) return { type: 'other' };
  if (on < 0 || on > to) return { type: 'roles', names: parts(tokens.slice(1, to)).map(textOf) };
  const privileges = parts(tokens.slice(1, on)).map((part) => {
    const columns = part.findIndex(({ is }) => is === '(');
    return part
      .slice(0, columns < 0 ? part.length : columns)
      .map((token) => unquoted(token).toUpperCase())
      .join(' ');
  });
  // Whoever is another's proxy has that account's privileges, which are not listed here.
  if (privileges.includes('PROXY')) return { type: 'other' };
  return { type: 'privileges', privileges, everywhere: textOf(tokens.slice(on + 1, to)) === '*.*' };
}

function certainTokens(line: string, sqlMode: string): readonly Token[] {
  try {
    return tokensOf(line, { sqlMode }).tokens;
  } catch (error) {
    if (error instanceof Doubt) return [];
    throw error;
  }
}

function topLevel(tokens: readonly Token[], word: string): number {
  let depth = 0;
  return tokens.findIndex(({ is }) => {
    if (is === '(') depth++;
    if (is === ')') depth--;
    return depth === 0 && is === word;
  });
}

/** What stands between the commas outside of parentheses. */
function parts(tokens: readonly Token[]): Token[][] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.is === '(') depth++;
    if (token.is === ')') depth--;
    if (token.is === ',' && depth === 0) found.push([]);
    else found.at(-1)!.push(token);
  }
  return found;
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('');
}
