import { postgres } from '../../events/engines/postgres.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { takeParameters } from './parameters.ts';

/**
 * Reads `pg_service.conf` (PostgreSQL manual, "The Connection Service File"): `[service]` and `keyword=value`
 * lines, `#` for comments. An LDAP line is not followed: reading a file opens no connection.
 */
export function importPgService(text: string): Imported {
  const notTaken: NotTaken[] = [];
  const services = new Map<string, [string, string][]>();
  let parameters: [string, string][] | null = null;
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
      parameters = [];
      if (!known) services.set(service, parameters);
    } else if (/^ldaps?:/i.test(content))
      notTaken.push({ what, code: 'pgService.ldap', why: 'LDAP is not asked.' });
    else if (pair === null || parameters === null)
      notTaken.push({ what, code: 'pgService.syntax', why: 'It is no keyword=value in a [service].' });
    else parameters.push([pair[1]!, pair[2]!]);
  }
  const made: (Candidate | readonly NotTaken[])[] = [...services].map(([name, given]) => {
    const found: Found = { engine: postgres.name, name, notTaken: [] };
    takeParameters(found, given);
    return candidateOf(`[${name}]`, found);
  });
  return importedOf(made, notTaken);
}
