import type { Ask, Role } from '../driver.ts';

/** Rights that change something, on what is no part of the system (PostgreSQL manual, "Access Privilege Inquiry Functions"). */
const ROLE = `select current_user, pg_catalog.pg_is_in_recovery(),
  exists (select from pg_catalog.pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (pg_catalog.has_schema_privilege(n.oid, 'CREATE') or exists (select from pg_catalog.pg_class c
      where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'f')
      and (pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        or pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE')))))
  or pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
  pg_catalog.current_setting('is_superuser') = 'on'`;

/** Asks PostgreSQL who we are and what that role may do. */
export async function readRole(ask: Ask): Promise<Role> {
  const { rows } = await ask(ROLE);
  const [user, inRecovery, canWrite, isSuperuser] = rows[0] ?? [];
  return {
    user: user ?? '',
    replica: inRecovery === 't',
    canWrite: canWrite === 't',
    warnings: isSuperuser === 't' ? [SUPERUSER] : [],
  };
}

const SUPERUSER =
  'The role is a superuser: no right holds it back, and its functions reach the server’s files.';
