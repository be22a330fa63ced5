import { postgres } from '../../events/engines/postgres.ts';
import { Secret } from '../../events/secret.ts';
import { type Candidate, candidateOf, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';

/** One line of a password file: what it fits (`*` fits all), and the password. */
interface PgpassLine {
  readonly line: number;
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
}

/**
 * Reads `~/.pgpass` (PostgreSQL manual, "The Password File"): `host:port:database:user:password`, with `\:`
 * and `\\`,
 * `#` at the start of a line for a comment. `mode` is the file's, where the platform has modes: like libpq, nothing is
 * taken from a file that others can read.
 */
export function parsePgpass(
  text: string,
  mode?: number,
): { readonly lines: readonly PgpassLine[]; readonly notTaken: readonly NotTaken[] } {
  if (mode !== undefined && (mode & 0o077) !== 0)
    return {
      lines: [],
      notTaken: [
        {
          what: 'password file',
          code: 'pgpass.open',
          why: 'Others can read it, so PostgreSQL ignores it too. Type: chmod 600 ~/.pgpass',
        },
      ],
    };
  const lines: PgpassLine[] = [];
  const notTaken: NotTaken[] = [];
  for (const [i, row] of text.split('\n').entries()) {
    const content = row.replace(/\r$/, '');
    if (content.trim() === '' || content.startsWith('#')) continue;
    const fields = fieldsOf(content);
    if (fields === null)
      notTaken.push({
        what: `line ${i + 1}`,
        code: 'pgpass.syntax',
        why: 'A line is host:port:database:user:password.',
      });
    else {
      const [host, port, database, user, password] = fields;
      lines.push({ line: i + 1, host, port, database, user, password: new Secret(password) });
    }
  }
  return { lines, notTaken };
}

/**
 * A candidate for each line that names a host and a user. Lines with `*` there are passwords for other
 * profiles.
 */
export function importPgpass(text: string, mode?: number): Imported {
  const { lines, notTaken } = parsePgpass(text, mode);
  const others: NotTaken[] = [...notTaken];
  const made: (Candidate | readonly NotTaken[])[] = [];
  for (const { line, host, port, database, user, password } of lines) {
    if (host === '*' || user === '*') {
      others.push({
        what: `line ${line}`,
        code: 'pgpass.wildcard',
        why: 'It fits any host or user, and so names no server.',
      });
      continue;
    }
    const found = { engine: postgres.name, host, user, password: password.reveal(), notTaken: [] } as const;
    made.push(
      candidateOf(`line ${line}`, {
        ...found,
        notTaken: [],
        ...(port === '*' ? {} : { port }),
        ...(database === '*' ? {} : { database }),
      }),
    );
  }
  return importedOf(made, others);
}

function fieldsOf(row: string): [string, string, string, string, string] | null {
  const fields: string[] = [];
  let field = '';
  for (let at = 0; at < row.length; at++) {
    if (row[at] === '\\' && at + 1 < row.length) field += row[++at];
    else if (row[at] === ':' && fields.length < 4) {
      fields.push(field);
      field = '';
    } else if (row[at] === ':') break;
    else field += row[at];
  }
  fields.push(field);
  return fields.length === 5 && field !== '' ? (fields as [string, string, string, string, string]) : null;
}
