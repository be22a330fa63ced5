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

/**
 * Asks for the volatility of functions by name (pg_proc.provolatile: i, s, v). A name without a schema stands for every function
 * of that name outside pg_catalog, whatever search_path is: the worst of them counts. Aggregates count as volatile, as their parts may be anything.
 */
export function volatilityStatement(names: readonly string[]): CatalogueStatement<Volatility> {
  const list = names.map(literal).join(',');
  return {
    text: `select asked, max(case when p.prokind = 'a' then 'v' when ${HARMLESS} then 's' else p.provolatile::pg_catalog.text end)
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
 * VOLATILE functions and aggregates outside of pg_catalog that share the name of one in it: a call of the name may be a call of
 * theirs, whatever search_path is by then. With a dot before its name, each that can be called with one argument, as `(x).name` would.
 * Asked as a read-only connection opens. One row a name.
 */
export const OVERLOADS = `select distinct p.proname::pg_catalog.text, 'v'
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname <> 'pg_catalog' and (p.provolatile = 'v' or p.prokind <> 'f')
    and exists (select from pg_catalog.pg_proc b
      where b.proname = p.proname and b.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
  union select '.' operator(pg_catalog.||) p.proname::pg_catalog.text, 'v'
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname <> 'pg_catalog' and (p.provolatile = 'v' or p.prokind = 'a') and p.prokind <> 'p'
    and p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1`;
