/** A name of a relation or type, qualified. */
export const qualified = (namespace: string, name: string): string =>
  `pg_catalog.format('%I.%I', ${namespace}, ${name})`;

/** The names of a relation by its oid. */
export const relation = (oid: string): string =>
  `(select ${qualified('rn.nspname', 'r.relname')} from pg_catalog.pg_class r
    join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace where r.oid = ${oid})`;

/** `name='value', …` of an array of options, each value a literal. */
export const options = (array: string, separator: string, prefix = ''): string =>
  `(select pg_catalog.string_agg(pg_catalog.format('${prefix}%I${separator}%L', pg_catalog.split_part(o, '=', 1),
      pg_catalog.substr(o, pg_catalog.strpos(o, '=') + 1)), ', ') from pg_catalog.unnest(${array}) o)`;
