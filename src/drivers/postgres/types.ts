import type { Column } from '../../events/result.ts';
import { TYPES_MAX } from '../limits.ts';
import { BUILTIN_TYPES } from './builtin-types.ts';

/** A field of RowDescription as pg names it. */
export interface FieldDescription {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
  /** The table that the column is one of, by pg_class.oid and pg_attribute.attnum; 0 where it is an expression. */
  readonly tableID: number;
  readonly columnID: number;
}

/** The first oid that the server gives to what users make (PostgreSQL source, access/transam.h, FirstNormalObjectId). */
export const FIRST_USER_OID = 16_384;

/** Types whose values read as numbers: int8, int2, int4, oid, float4, float8, money, numeric, xid8. */
const NUMERIC = new Set([20, 21, 23, 26, 700, 701, 790, 1700, 5069]);

/** The fields of an INTERVAL's modifier by their mask (PostgreSQL source, utils/timestamp.h, INTERVAL_MASK). */
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
 * A type with its modifier, as format_type(oid, modifier) writes it: `numeric(10,2)`, `timestamp(3) with time zone`. `name`
 * is what format_type(oid, null) says. Each type packs its modifier in its own way (PostgreSQL source, the types'
 * `typmodout` functions); an extension's modifier is not shown.
 */
export function typeText(name: string, modifier: number): string {
  if (name.endsWith('[]')) return `${typeText(name.slice(0, -2), modifier)}[]`;
  if (modifier < 0) {
    // Without a length these two are not the SQL standard's types of that name, which have the length 1.
    return name === 'character' ? 'bpchar' : name === 'bit' ? '"bit"' : name;
  }
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

const NAMES = `select t.oid::pg_catalog.text, t.typarray::pg_catalog.text, pg_catalog.format_type(t.oid, null)
  from pg_catalog.pg_type t left join pg_catalog.pg_class c on c.oid = t.typrelid`;

/**
 * The names of a server's types by their oid. A column's type has to be known when its first row is shown, and the connection
 * can't be asked while its statement runs. So the built-in ones are known here, and what users and extensions made is read
 * as the connection opens and again after a command that makes types. A type that another session made since is shown as
 * `oid 16543`, which is true, and has its name from the next statement on.
 */
export class TypeNames {
  private readonly names = new Map<number, string>();
  private readonly missed = new Set<number>();

  /** All of the users' types, up to `TYPES_MAX`. The row types of tables come last: they are rarely selected. */
  static readonly allText = `${NAMES} where t.oid >= ${FIRST_USER_OID} and t.typelem = 0
    order by (c.relkind is not null and c.relkind <> 'c'), t.oid limit ${TYPES_MAX}`;

  /** Reads what was met and not known; null when there is nothing to read. */
  get missedText(): string | null {
    return this.missed.size === 0 ? null : `${NAMES} where t.oid in (${[...this.missed].join(', ')})`;
  }

  /** Takes the rows of one of the two statements above. */
  learn(rows: readonly (readonly (string | null)[])[]): void {
    for (const [oid, arrayOid, name] of rows) {
      this.names.set(Number(oid), name!);
      if (Number(arrayOid) > 0) this.names.set(Number(arrayOid), `${name}[]`);
    }
    this.missed.clear();
  }

  columns(fields: readonly FieldDescription[]): Column[] {
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      type: this.typeText(dataTypeID, dataTypeModifier),
      numeric: NUMERIC.has(dataTypeID),
    }));
  }

  private typeText(oid: number, modifier: number): string {
    const name = BUILTIN_TYPES.get(oid) ?? this.names.get(oid);
    if (name !== undefined) return typeText(name, modifier);
    this.missed.add(oid);
    return `oid ${oid}`;
  }
}
