import { postgres } from '../../events/engines/postgres.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { takeParameters } from './parameters.ts';

interface Service {
  readonly parameters: [string, string][];
  /** Whether each of its lines was taken. */
  isWhole: boolean;
}

/**
 * Reads `pg_service.conf` (PostgreSQL manual, "The Connection Service File"): `[service]` and `keyword=value`
 * lines, `#` for comments. An LDAP line is not followed: reading a file opens no connection.
 */
export function importPgService(text: string): Imported {
  const notTaken: NotTaken[] = [];
  const services = new Map<string, Service>();
  let open: Service | null = null;
  for (const [i, row] of text.split(/\r?\n/).entries()) {
    const content = row.trim();
    if (content === '' || content.startsWith('#')) continue;
    const what = `line ${i + 1}`;
    const service = /^\[(.+)\]$/.exec(content)?.[1];
    const pair = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(content);
    if (service !== undefined) {
      const known = services.has(service);
      // libpq takes the first of two sections with one name.
      if (known)
        notTaken.push({
          what,
          code: 'import.twice',
          why: `[${service}] is there twice; the first one counts.`,
        });
      open = { parameters: [], isWhole: true };
      if (!known) services.set(service, open);
    } else if (pair !== null && open !== null) open.parameters.push([pair[1]!, pair[2]!]);
    else {
      if (open !== null) open.isWhole = false;
      notTaken.push(
        /^ldaps?:/i.test(content)
          ? { what, code: 'pgService.ldap', why: 'Querytape looks nothing up by LDAP.' }
          : { what, code: 'pgService.syntax', why: 'It is no keyword=value in a [service].' },
      );
    }
  }
  const made: (Candidate | readonly NotTaken[])[] = [...services].map(([name, { parameters, isWhole }]) => {
    const found: Found = { engine: postgres.name, name, notTaken: [] };
    takeParameters(found, parameters);
    // The line that was not taken may be the one that names the server.
    return isWhole || found.host ? candidateOf(`[${name}]`, found) : [];
  });
  return importedOf(made, notTaken);
}
