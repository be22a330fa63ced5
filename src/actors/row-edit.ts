import { type Driver, DriverError, type Edit } from '../drivers/driver.ts';
import type { ColumnInfo, TakenBy } from '../events/catalogue.ts';
import type { RowCommand } from '../events/command.ts';
import type { Cell, RowChange } from '../events/edit.ts';
import { Refused } from './refused.ts';

/** The change that a command asks for. */
function changeOf(command: RowCommand): RowChange {
  const { namespace, collection } = command;
  switch (command.type) {
    case 'row.insert': {
      const { values, returning } = command;
      return { change: 'insert', namespace, collection, values, ...(returning ? { returning } : {}) };
    }
    case 'row.update': {
      const { key, old, values, returning } = command;
      const change = { change: 'update', namespace, collection, key, old, values } as const;
      return { ...change, ...(returning ? { returning } : {}) };
    }
    case 'row.delete': {
      const { key, old } = command;
      return { change: 'delete', namespace, collection, key, old };
    }
  }
}

/**
 * The statement of an edit, checked against the catalogue: a row is named by its whole primary key and by nothing else. `printing`
 * are the settings of the connection that is to run it.
 * @throws Refused with the reason where the row can't be edited.
 */
export function planEdit(
  driver: Driver,
  command: RowCommand,
  columns: readonly ColumnInfo[],
  takenBy: TakenBy,
  printing: readonly string[] = [],
): Edit {
  const change = changeOf(command);
  const place = `${change.namespace}.${change.collection}`;
  if (columns.length === 0) throw new Refused('edit.unknown', `There is no ${place} with columns to edit.`);
  if (change.change !== 'insert')
    keyMustBeWhole(
      place,
      columns,
      change.key.map(({ column }) => column),
    );
  columnsMustBeKnown(driver, place, columns, change);
  if (change.change === 'update' && change.values.length === 0)
    throw new Refused('edit.empty', 'No value is to be changed.');
  for (const { column } of 'values' in change ? change.values : []) {
    if (columns.find(({ name }) => name === column)?.generated)
      throw new Refused(
        'edit.generated',
        `The server computes ${column}, so it can't be written. Leave it out.`,
      );
  }
  columnsMustBeTheSame(place, columns, change);
  textsMustMeanTheSame(change, printing);
  try {
    return driver.edit(change, columns, takenBy);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const { code, message, advice } = error.failure;
    throw new Refused(code, advice ? `${message} ${advice}` : message);
  }
}

/** A column is one of the collection's, written as there, and comes once in each list. @throws Refused */
function columnsMustBeKnown(
  driver: Driver,
  place: string,
  columns: readonly ColumnInfo[],
  change: RowChange,
): void {
  const known = new Set(columns.map(({ name }) => name));
  const lists = [
    'values' in change ? change.values : [],
    'key' in change ? change.key : [],
    'old' in change ? change.old : [],
  ];
  for (const cells of lists) {
    const seen = new Set<string>();
    for (const { column } of cells) {
      if (!driver.openFields && !known.has(column))
        throw new Refused('edit.unknown', `There is no column ${column} in ${place}. Read the table again.`);
      if (seen.has(column))
        throw new Refused('edit.columnTwice', `The column ${column} is given twice. Leave one out.`);
      seen.add(column);
    }
  }
}

function cellsOf(change: RowChange): readonly Cell[] {
  return [
    ...('key' in change ? [...change.key, ...change.old] : []),
    ...('values' in change ? change.values : []),
  ];
}

/** The settings by which the values of an edit were printed; undefined where their texts say by themselves which value they are. */
export function printedBy(command: RowCommand): readonly string[] | undefined {
  return cellsOf(changeOf(command)).find((cell) => cell.printedBy !== undefined)?.printedBy;
}

/** A text that was printed under other settings may be another value by now, and so another row's key. */
function textsMustMeanTheSame(change: RowChange, printing: readonly string[]): void {
  const other = cellsOf(change).find(
    ({ printedBy }) => printedBy !== undefined && printedBy.join() !== printing.join(),
  );
  if (other)
    throw new Refused(
      'edit.printedOtherwise',
      `${other.column} was read while ${other.printedBy!.join(' and ')} was set, which has changed since, so that its text may be another value by now. Nothing was changed. Run the statement again, then repeat the edit.`,
    );
}

/** A name that others have given to another column since names no column that was shown. */
function columnsMustBeTheSame(place: string, columns: readonly ColumnInfo[], change: RowChange): void {
  const other = cellsOf(change).find(({ column, identity }) => {
    const now = columns.find(({ name }) => name === column)?.identity;
    return identity !== undefined && identity !== now;
  });
  if (other)
    throw new Refused(
      'edit.renamed',
      `${place} was changed since its rows were read: ${other.column} does not exist, or is another column by now. Nothing was changed. Run the statement again, then repeat the edit.`,
    );
}

function keyMustBeWhole(place: string, columns: readonly ColumnInfo[], given: readonly string[]): void {
  const key = columns.filter(({ primaryKey }) => primaryKey !== null).map(({ name }) => name);
  if (key.length === 0)
    throw new Refused(
      'edit.noKey',
      `${place} has no primary key, so no row of it can be named with certainty. Write the statement by hand.`,
    );
  if (given.length !== key.length || key.some((name) => !given.includes(name)))
    throw new Refused('edit.partOfKey', `A row of ${place} is named by its primary key: ${key.join(', ')}.`);
}
