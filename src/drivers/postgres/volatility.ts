import type { StatementFacts } from '../../events/judgement.ts';
import type { CatalogueStatement } from '../driver.ts';
import { literal } from './catalogue.ts';

type Volatility = NonNullable<StatementFacts['volatility']>;

const WORSE = ['i', 's', 'v'] as const;

/** A library of PostgreSQL's own, and the names by which it has some of its functions; without them, all. */
type OfLibrary = readonly [library: string, names?: string];

/**
 * Functions that are VOLATILE because they ask chance, a clock, or look at pages and figures of the server, and do nothing else. The
 * library says so, not the name, which anyone may give to a function; one written in C is made by superusers only.
 */
const LOOKING: readonly OfLibrary[] = [
  ['uuid-ossp'],
  ['pgcrypto'],
  ['old_snapshot'],
  ['pageinspect'],
  ['pg_freespacemap'],
  ['pg_logicalinspect'],
  ['pg_walinspect'],
  ['pgrowlocks'],
  ['pgstattuple'],
  ['sslinfo'],
  ['tsm_system_rows'],
  ['tsm_system_time'],
  // Not bt_index_parent_check, which keeps others from writing to the table.
  ['amcheck', 'bt_index_check gin_index_check verify_heapam'],
  [
    'dblink',
    `dblink_get_connections dblink_get_pkey dblink_is_busy dblink_error_message dblink_current_query
     dblink_build_sql_insert dblink_build_sql_update dblink_build_sql_delete`,
  ],
  ['pg_prewarm', 'pg_prewarm'],
  ['pgxml', 'xslt_process'],
  ['postgres_fdw', 'postgres_fdw_get_connections postgres_fdw_get_connections_1_2'],
  ['tablefunc', 'normal_rand'],
  [
    'pg_buffercache',
    'pg_buffercache_pages pg_buffercache_summary pg_buffercache_usage_counts pg_buffercache_numa_pages',
  ],
  [
    'pg_stat_statements',
    `pg_stat_statements pg_stat_statements_1_2 pg_stat_statements_1_3 pg_stat_statements_1_8 pg_stat_statements_1_9
     pg_stat_statements_1_10 pg_stat_statements_1_11 pg_stat_statements_1_12 pg_stat_statements_info`,
  ],
  [
    'pg_visibility',
    `pg_check_frozen pg_check_visible pg_visibility pg_visibility_rel pg_visibility_map pg_visibility_map_rel
     pg_visibility_map_summary`,
  ],
];

/** Functions that say they are STABLE, and run SQL that stands in their arguments. */
const RUNNING_SQL: readonly OfLibrary[] = [
  ['tablefunc', 'crosstab crosstab_hash connectby_text connectby_text_serial'],
  ['pgxml', 'xpath_table'],
];

/** Extensions with functions in SQL around such functions. */
const LOOKING_BY_SQL: readonly string[] = ['pageinspect', 'pg_freespacemap'];

/**
 * Whether a function in SQL is part of one of these extensions. A superuser's alone, as who owns an extension may add functions of
 * his own to it: who may become the superuser that made the cluster, whose number is 10.
 */
function isOfExtension(row: string): string {
  return `${row}.prolang = (select l.oid from pg_catalog.pg_language l where l.lanname = 'sql')
    and pg_catalog.pg_has_role(${row}.proowner, 10, 'MEMBER')
    and exists (select from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = ${row}.oid
        and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
        and e.extname in (${LOOKING_BY_SQL.map(literal).join(', ')}))`;
}

/** Whether a function is one of these, under whatever name it was created. */
function isOne(row: string, functions: readonly OfLibrary[]): string {
  const parts = functions.map(([library, names]) => {
    const ofLibrary = `${row}.probin = ${literal(`$libdir/${library}`)}`;
    return names === undefined
      ? ofLibrary
      : `${ofLibrary} and ${row}.prosrc in (${names.trim().split(/\s+/).map(literal).join(', ')})`;
  });
  return `(${parts.join(' or ')}) and ${row}.prolang = (select l.oid from pg_catalog.pg_language l where l.lanname = 'c')`;
}

/** What calling a function may do, as `Volatility` has it; of a row of pg_proc that is no aggregate. */
function calling(row: string): string {
  return `case when ${isOne(row, RUNNING_SQL)} then 'v' when ${isOne(row, LOOKING)} or ${isOfExtension(row)} then 's'
    else ${row}.provolatile::pg_catalog.text end`;
}

/** What calling `p` of pg_proc may do. An aggregate, which always says that it is IMMUTABLE, does what its functions do. */
const CALLING = `case when p.prokind <> 'a' then ${calling('p')} else (select pg_catalog.max(${calling('f')})
    from pg_catalog.pg_aggregate a join pg_catalog.pg_proc f on f.oid in (a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
      a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
    where a.aggfnoid = p.oid) end`;

/**
 * Asks for the volatility of functions by name (pg_proc.provolatile: i, s, v). A name without a schema stands for every function
 * of that name outside pg_catalog, whatever search_path is: the worst of them counts.
 */
export function volatilityStatement(names: readonly string[]): CatalogueStatement<Volatility> {
  const list = names.map(literal).join(',');
  return {
    text: `select asked, pg_catalog.max(${CALLING})
      from pg_catalog.unnest(array[${list}]::pg_catalog.text[]) asked
      join pg_catalog.pg_proc p on true
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where n.nspname <> 'pg_catalog' and asked in (pg_catalog.quote_ident(p.proname), pg_catalog.format('%I.%I', n.nspname, p.proname))
      group by asked`,
    read: (rows) => {
      const volatility: Record<string, 'i' | 's' | 'v'> = {};
      for (const [name, kind] of rows) {
        // 'i' < 's' < 'v' also as text, so the largest is the worst.
        const known = WORSE.find((one) => one === kind);
        if (name && known) volatility[name] = known;
      }
      return volatility;
    },
  };
}

/**
 * Functions outside of pg_catalog that may act and share the name of a function or a type in it: a call of the name may be a call of theirs,
 * whatever search_path is by then. With a dot before its name, each that can be called with one argument, as `(x).name` would; with two, each of
 * these that takes a row, as `t.name` gives it one. Asked as a read-only connection opens. One row per name.
 */
export const OVERLOADS = `with acting as (
    select p.proname::pg_catalog.text as name, p.prokind, p.pronargs, p.pronargdefaults, t.typtype
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    left join pg_catalog.pg_type t on t.oid = p.proargtypes[0]
    where n.nspname <> 'pg_catalog' and ${CALLING} = 'v'),
  fields as (select name, typtype from acting where prokind <> 'p' and pronargs >= 1 and pronargs - pronargdefaults <= 1)
  select distinct name, 'v' from acting
  where exists (select from pg_catalog.pg_proc b
    where b.proname = name and b.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
  or exists (select from pg_catalog.pg_type b
    where b.typname = name and b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace)
  union select '.' operator(pg_catalog.||) name, 'v' from fields
  union select '..' operator(pg_catalog.||) name, 'v' from fields where typtype in ('c', 'p')`;
