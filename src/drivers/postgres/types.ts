import type { Column } from '../../events/result.ts';

/** A field of RowDescription as pg names it. */
export interface FieldDescription {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** Types whose values read as numbers: int8, int2, int4, oid, float4, float8, money, numeric. */
const NUMERIC = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);

/** int4's mask of INTERVAL's fields to their names (utils/timestamp.h, `INTERVAL_MASK`). */
const INTERVAL_FIELDS: Readonly<Record<number, string>> = {
  4: 'year',
  2: 'month',
  8: 'day',
  1024: 'hour',
  2048: 'minute',
  4096: 'second',
  6: 'year to month',
  1032: 'day to hour',
  3080: 'day to minute',
  7176: 'day to second',
  3072: 'hour to minute',
  7168: 'hour to second',
  6144: 'minute to second',
};
const INTERVAL_FULL_PRECISION = 0xffff;

/**
 * A type with its modifier, as format_type() writes it: `numeric(10,2)`, `timestamp(3) with time zone`. `name` is the type
 * without one. Each type packs its modifier in its own way (PostgreSQL source, the types' `typmodout` functions).
 */
export function typeText(name: string, modifier: number): string {
  if (modifier < 0) return name;
  if (name.endsWith('[]')) return `${typeText(name.slice(0, -2), modifier)}[]`;
  switch (name) {
    case 'numeric': {
      const packed = modifier - 4;
      // Eleven bits with a sign: a scale may be negative from version 15 on.
      const scale = ((packed & 0x7ff) ^ 1024) - 1024;
      return `numeric(${(packed >> 16) & 0xffff},${scale})`;
    }
    case 'character varying':
    case 'character':
      return `${name}(${modifier - 4})`;
    case 'bit':
    case 'bit varying':
      return `${name}(${modifier})`;
    case 'time without time zone':
    case 'time with time zone':
    case 'timestamp without time zone':
    case 'timestamp with time zone':
      return name.replace(/^(time(?:stamp)?)/, `$1(${modifier})`);
    case 'interval':
      return intervalText(modifier);
    default:
      return name;
  }
}

function intervalText(modifier: number): string {
  const fields = INTERVAL_FIELDS[(modifier >> 16) & 0x7fff];
  const precision = modifier & 0xffff;
  const seconds = precision === INTERVAL_FULL_PRECISION ? '' : `(${precision})`;
  return `interval${fields ? ` ${fields}` : ''}${seconds}`;
}

/**
 * The names of a server's types by their oid. Read as a connection opens and again after what makes types; a type that
 * somebody else made since is shown by its oid, which is true, until the next reading.
 */
export class TypeNames {
  private names = new Map<number, string>();
  /** A type was met that is not known here. */
  missed = false;

  /** format_type() without a modifier, for all but the row types of tables, whose columns are rarely selected. */
  static readonly query = `select t.oid::pg_catalog.text, pg_catalog.format_type(t.oid, null)
    from pg_catalog.pg_type t left join pg_catalog.pg_class c on c.oid = t.typrelid
    where (t.typrelid = 0 or c.relkind = 'c')
      and not exists (select from pg_catalog.pg_type e join pg_catalog.pg_class r on r.oid = e.typrelid
                      where e.oid = t.typelem and r.relkind <> 'c')
    limit 20000`;

  read(rows: readonly (readonly string[])[]): void {
    this.names = new Map(rows.map(([oid, name]) => [Number(oid), name!]));
    this.missed = false;
  }

  columns(fields: readonly FieldDescription[]): Column[] {
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => {
      const type = this.names.get(dataTypeID);
      if (type === undefined) this.missed = true;
      return {
        name,
        type: type === undefined ? `oid ${dataTypeID}` : typeText(type, dataTypeModifier),
        numeric: NUMERIC.has(dataTypeID),
      };
    });
  }
}
