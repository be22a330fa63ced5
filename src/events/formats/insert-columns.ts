import type { ColumnInfo } from '../catalogue.ts';
import type { Column, Origin } from '../result.ts';
import { distinctNames } from './column-names.ts';
import type { SqlDialect } from './sql-dialect.ts';

/** The one table that the columns of a result are of; undefined where they are not of one, or one comes twice. */
export function ownTable(columns: readonly Column[]): Pick<Origin, 'namespace' | 'collection'> | undefined {
  const origins = columns.flatMap(({ origin }) => origin ?? []);
  const [first] = origins;
  if (!first || new Set(origins.map(({ column }) => column)).size < origins.length) return undefined;
  const { namespace, collection } = first;
  const isOther = origins.some((one) => one.namespace !== namespace || one.collection !== collection);
  return isOther ? undefined : { namespace, collection };
}

/** What an INSERT says of its columns. */
interface InsertColumns {
  /** Their indices in a row. */
  readonly indices: readonly number[];
  readonly names: readonly string[];
  /** What stands before VALUES. */
  readonly overriding: string;
  /** The setting by which 0 is stored in the column of that index. */
  readonly zero?: { readonly index: number; readonly setting: string } | undefined;
}

/**
 * The columns that INSERT statements name. With `infos`, what the catalogue says of the table that they are of, each by its own name
 * there, whatever the result calls it; without those that the server computes and the table does not have, as no INSERT may give them.
 */
export function insertColumns(
  columns: readonly Column[],
  infos: readonly ColumnInfo[] | undefined,
  dialect: SqlDialect,
): InsertColumns {
  const every = distinctNames(columns).map((name, index) => ({ name, index }));
  const named = (taken: typeof every, overriding: string): InsertColumns => ({
    indices: taken.map(({ index }) => index),
    names: taken.map(({ name }) => dialect.identifier(name)),
    overriding,
  });
  const own = columns.flatMap(({ origin }, index) => (origin ? { name: origin.column, index } : []));
  const infoOf = new Map(infos?.map((info) => [info.name, info]));
  const given = own.filter(({ name }) => !infoOf.get(name)?.generated);
  if (!infos || given.length === 0) return named(every, '');
  const [zero] = given.flatMap(({ name, index }) => {
    const info = infoOf.get(name);
    const setting = info ? dialect.zeroSetting(info) : null;
    return setting === null ? [] : { index, setting };
  });
  const overriding = dialect.overriding(given.flatMap(({ name }) => infoOf.get(name) ?? []));
  return { ...named(given, overriding), zero };
}
