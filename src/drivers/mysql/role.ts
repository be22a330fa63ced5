import type { Ask, Role } from '../driver.ts';

const READS =
  /^(?:USAGE|SELECT|SHOW VIEW|SHOW DATABASES|PROCESS|REPLICATION CLIENT|BINLOG MONITOR|SLAVE MONITOR|REPLICA MONITOR)$/i;

/** Asks MySQL or MariaDB who we are and what that account may do, its roles that are active included. */
export async function readRole(ask: Ask): Promise<Role> {
  const { rows } = await ask('SELECT CURRENT_USER(), @@GLOBAL.read_only');
  const [user, readOnly] = rows[0] ?? [];
  const grants = (await ask('SHOW GRANTS')).rows.map(([grant]) => grant ?? '');
  const rights = grants.flatMap(rightsOf);
  const all = rights.some((right) => /^ALL PRIVILEGES$/i.test(right));
  const canWrite = rights.some((right) => !READS.test(right));
  const mayHaveMore = grants.some((grant) => !/ ON /.test(grant));
  return {
    user: user ?? '',
    replica: readOnly == null ? null : readOnly !== '0',
    canWrite: canWrite ? true : mayHaveMore ? null : false,
    warnings: all && grants.some((grant) => / ON \*\.\* /.test(grant)) ? [EVERYTHING] : [],
  };
}

const EVERYTHING = 'The account may do everything on every database: no right holds it back.';

/** `GRANT SELECT, INSERT (a, b) ON …` → `SELECT`, `INSERT` (MySQL manual, "SHOW GRANTS Statement"). */
function rightsOf(grant: string): string[] {
  const list = /^GRANT (.*?) ON /.exec(grant)?.[1];
  if (list === undefined) return [];
  return list
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((right) => right.trim());
}
