import type { StatementFacts } from '../../events/judgement.ts';
import type { CatalogueStatement } from '../driver.ts';
import { literal } from './catalogue.ts';

type Volatility = NonNullable<StatementFacts['volatility']>;

const WORSE = ['i', 's', 'v'] as const;

/**
 * Functions that are VOLATILE because they ask chance or a clock, and do nothing else: all of uuid-ossp and pgcrypto. The library
 * says so, not the name, which anyone may give to a function; one written in C is made by superusers only.
 */
const HARMLESS = `p.probin in ('$libdir/uuid-ossp', '$libdir/pgcrypto')
        and p.prolang = (select l.oid from pg_catalog.pg_language l where l.lanname = 'c')`;

/** Functions that say they are STABLE, and run SQL that stands in their arguments: of tablefunc and xml2, under whatever name. */
const RUNS_SQL = `p.probin in ('$libdir/tablefunc', '$libdir/pgxml')
        and p.prosrc in ('crosstab', 'crosstab_hash', 'connectby_text', 'connectby_text_serial', 'xpath_table')`;

/** Whether calling a function may do more than compute or look. */
const ACTS = `(p.provolatile = 'v' or p.prokind <> 'f' or ${RUNS_SQL})`;

/**
 * Asks for the volatility of functions by name (pg_proc.provolatile: i, s, v). A name without a schema stands for every function
 * of that name outside pg_catalog, whatever search_path is: the worst of them counts. Aggregates count as volatile, as their parts may be anything.
 */
export function volatilityStatement(names: readonly string[]): CatalogueStatement<Volatility> {
  const list = names.map(literal).join(',');
  return {
    text: `select asked, max(case when p.prokind = 'a' or ${RUNS_SQL} then 'v' when ${HARMLESS} then 's' else p.provolatile::pg_catalog.text end)
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
 * Functions outside of pg_catalog that may act and share the name of one in it: a call of the name may be a call of theirs, whatever
 * search_path is by then. With a dot before its name, each that can be called with one argument, as `(x).name` would; with two, each of
 * these that takes a row, as `t.name` gives it one. Asked as a read-only connection opens. One row per name.
 */
export const OVERLOADS = `with acting as (
    select p.proname::pg_catalog.text as name, p.prokind, p.pronargs, p.pronargdefaults, t.typtype
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    left join pg_catalog.pg_type t on t.oid = p.proargtypes[0]
    where n.nspname <> 'pg_catalog' and ${ACTS}),
  fields as (select name, typtype from acting where prokind <> 'p' and pronargs >= 1 and pronargs - pronargdefaults <= 1)
  select distinct name, 'v' from acting
  where exists (select from pg_catalog.pg_proc b
    where b.proname = name and b.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
  union select '.' operator(pg_catalog.||) name, 'v' from fields
  union select '..' operator(pg_catalog.||) name, 'v' from fields where typtype in ('c', 'p')`;
