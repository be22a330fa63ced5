import type { Client } from './client.ts';
import type { SessionStateWatch } from './session-state.ts';

/** Types whose text no setting that the server reports has a say in, by oid (PostgreSQL source, catalog/pg_type.dat). */
const UNAFFECTED = new Set([
  // bool, bytea, char, name, int8, int2, int4, regproc, text, oid, json, xml, float4, float8, cidr, inet, char(n), varchar, bit, varbit
  16,
  17, 18, 19, 20, 21, 23, 24, 25, 26, 114, 142, 700, 701, 650, 869, 1042, 1043, 1560, 1562,
  // their arrays: bool, bytea, int2, int4, text, char(n), varchar, int8, float4, float8
  1000, 1001, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022,
  // numeric, uuid, jsonb, xid8, void, and arrays of the first three
  1700, 2950, 3802, 5069, 2278, 1231, 2951, 3807,
]);
/** Types whose text ends in the abbreviation of a zone under a DateStyle other than ISO: timestamptz, its ranges, and their arrays. */
const ZONED = new Set([1184, 1185, 3910, 3911, 4534, 6153]);
/** float4, float8 and their arrays. */
const FLOATS = new Set([700, 701, 1021, 1022]);
/** Types from here on were made by users, and may be made of any other (PostgreSQL source, access/transam.h: FirstNormalObjectId). */
const USERS_FROM = 16_384;
/** What the server's values of the settings are made of: anything else is not theirs. */
const VALUE = /^[\w, ]+$/;

/** A call of set_config, with the setting's name where that is a plain literal. */
const SET_CONFIG = /set_config"?(?:\s*\(\s*'([\w.]+)'\s*,)?/gi;
/** Settings by which the same text may be another value. Of bytea_output each form says by itself how it is read. */
const DECIDING = new Set(['datestyle', 'intervalstyle', 'timezone', 'extra_float_digits', 'lc_monetary']);

/** How a statement prints the values of one column. */
interface ColumnPrinting {
  /** Settings without which the text may be read as another value, each as SET takes it. */
  readonly printedBy?: readonly string[];
  /** No setting makes sure that the text is read as the same value again. */
  readonly isAmbiguous?: boolean;
}

/**
 * The settings by which a session prints dates and intervals (PostgreSQL manual, "Date/Time Output"), which the server reports by
 * itself (ParameterStatus), and floats, which it is asked for. Under ISO and every IntervalStyle but the SQL standard's a text is
 * read alike whatever is set.
 */
export class Printing {
  private readonly set = new Map<string, string>();

  constructor(
    { connection }: Pick<Client, 'connection'>,
    private readonly watch: Pick<SessionStateWatch, 'floatDigits'>,
  ) {
    connection.on('parameterStatus', ({ parameterName: name, parameterValue: value }) => {
      const isAmbiguous =
        (name === 'DateStyle' && !value.startsWith('ISO')) ||
        (name === 'IntervalStyle' && value === 'sql_standard');
      if (isAmbiguous && VALUE.test(value)) this.set.set(name, `${name} = '${value}'`);
      else this.set.delete(name);
    });
  }

  /** Those without which a text may be read as another value, each as SET takes it. */
  get settings(): readonly string[] {
    return [...this.set.values()].sort();
  }

  /** How a statement that begins now prints the values of a type, given by its oid. */
  of(text: string): (typeOid: number) => ColumnPrinting {
    const { settings } = this;
    const changes = setsPrinting(text);
    const roundsFloats = this.watch.floatDigits < 1;
    const abbreviates = this.set.has('DateStyle');
    return (typeOid) => {
      const isUsers = typeOid >= USERS_FROM;
      const isAmbiguous =
        (changes && (isAffected(typeOid) || FLOATS.has(typeOid))) ||
        (roundsFloats && (isUsers || FLOATS.has(typeOid))) ||
        (abbreviates && (isUsers || ZONED.has(typeOid)));
      return {
        ...(settings.length > 0 && isAffected(typeOid) ? { printedBy: settings } : {}),
        ...(isAmbiguous ? { isAmbiguous } : {}),
      };
    };
  }
}

/** Whether a text may set one of the settings while its rows are printed. */
function setsPrinting(text: string): boolean {
  return [...text.matchAll(SET_CONFIG)].some(
    ([, name]) => name === undefined || DECIDING.has(name.toLowerCase()),
  );
}

/** Whether the text of a type's values may depend on them: of a domain, a range or a user's type that is not looked into. */
function isAffected(typeOid: number): boolean {
  return !UNAFFECTED.has(typeOid);
}
