import type { Client } from './client.ts';

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
/** What the server's values of the settings are made of: anything else is not theirs. */
const VALUE = /^[\w, ]+$/;

/**
 * The settings by which a session prints dates and intervals (PostgreSQL manual, "Date/Time Output"), which the server reports by
 * itself (ParameterStatus). Under ISO and every IntervalStyle but the SQL standard's a text is read alike whatever is set.
 */
export class Printing {
  private readonly set = new Map<string, string>();

  constructor({ connection }: Pick<Client, 'connection'>) {
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
}

/** Whether the text of a type's values may depend on them: of a domain, a range or a user's type that is not looked into. */
export function isAffected(typeOid: number): boolean {
  return !UNAFFECTED.has(typeOid);
}
