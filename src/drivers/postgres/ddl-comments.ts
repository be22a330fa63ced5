import { qualified, relation } from './ddl-names.ts';

const comment = (what: string, subject: string, from: string, catalogue: string, oid: string): string =>
  `select 'after', '50${what}' || ${subject}, pg_catalog.format('COMMENT ON ${what} %s IS %L', ${subject}, s.description)
   from c ${from} join pg_catalog.pg_description s on s.objoid = ${oid} and s.objsubid = 0
     and s.classoid = 'pg_catalog.${catalogue}'::pg_catalog.regclass`;
const onIt = (name: string): string => `pg_catalog.format('%I ON %s', ${name}, c.name)`;

/** The comments on a collection `c` and on what belongs to it, as parts of its DDL (`ddl-parts.ts`). */
export const COMMENTS = [
  `select 'after', '50' || pg_catalog.to_char(s.objsubid, '0000'), pg_catalog.format('COMMENT ON %s %s IS %L',
     case when s.objsubid > 0 then 'COLUMN' else c.kind end,
     c.name || coalesce('.' || pg_catalog.quote_ident(a.attname), ''), s.description)
   from c join pg_catalog.pg_description s on s.objoid = c.oid and s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = s.objsubid and s.objsubid > 0`,
  comment(
    'CONSTRAINT',
    onIt('k.conname'),
    'join pg_catalog.pg_constraint k on k.conrelid = c.oid',
    'pg_constraint',
    'k.oid',
  ),
  comment(
    'TRIGGER',
    onIt('g.tgname'),
    'join pg_catalog.pg_trigger g on g.tgrelid = c.oid',
    'pg_trigger',
    'g.oid',
  ),
  comment(
    'RULE',
    onIt('w.rulename'),
    'join pg_catalog.pg_rewrite w on w.ev_class = c.oid',
    'pg_rewrite',
    'w.oid',
  ),
  comment(
    'POLICY',
    onIt('y.polname'),
    'join pg_catalog.pg_policy y on y.polrelid = c.oid',
    'pg_policy',
    'y.oid',
  ),
  comment(
    'INDEX',
    relation('x.indexrelid'),
    'join pg_catalog.pg_index x on x.indrelid = c.oid',
    'pg_class',
    'x.indexrelid',
  ),
  comment(
    'STATISTICS',
    qualified('en.nspname', 'e.stxname'),
    'join pg_catalog.pg_statistic_ext e on e.stxrelid = c.oid join pg_catalog.pg_namespace en on en.oid = e.stxnamespace',
    'pg_statistic_ext',
    'e.oid',
  ),
].join('\n  union all\n  ');
