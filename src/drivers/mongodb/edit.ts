import type { Cell, RowChange } from '../../events/edit.ts';
import { DriverError, type Edit, type Params } from '../driver.ts';
import { exactly, hasText, isPlainName, nearly } from './exact-match.ts';
import { failureText } from './failure.ts';
import { type Document, documentOf, isDocument, type Value } from './statement/operation.ts';
import { shellText } from './statement/shell-text.ts';
import { parseExpression, StatementError } from './statement/syntax.ts';
import { literalOf } from './statement/value.ts';

/** A field of a change, read. `undefined` is a field that is not there. */
interface Field {
  readonly name: string;
  readonly value: Value | undefined;
}

/**
 * The statements of a change, with its values in them: one document is found by its `_id`, and changed only where every old
 * value is exactly as it was seen. Finding and changing are one operation on the server (MongoDB manual, "Atomicity"), which
 * gives back the document that the change left. An inserted one is read back by its `_id`; where the client makes that, the
 * insert's own result tells it.
 * @throws DriverError `edit.*`
 */
export function editStatement(change: RowChange): Edit {
  const params: Params = [];
  const collection = `${databaseText(change.namespace)}.getCollection(${JSON.stringify(change.collection)})`;
  if (change.change === 'insert') {
    const document = documentOf(change.values.map(read).map(({ name, value }) => [name, value]));
    const text = `${collection}.insertOne(${shellText(document)})`;
    const id = document.get('_id');
    if (id === undefined) return { text, params };
    const byId = shellText(documentOf([['_id', documentOf([['$eq', id]])]]));
    return { text, params, readBack: { text: `${collection}.find(${byId}).limit(1)`, params } };
  }
  const key = keyOf(change.key);
  const old = change.old.map(seen);
  const filter = filterText(key, old);
  const isText = hasText(key.value) || old.some(({ isText }) => isText);
  const collation = isText ? [SIMPLE] : [];
  if (change.change === 'delete') {
    const options = collation.map((one) => `,\n  { ${one} }`).join('');
    return { text: `${collection}.deleteOne(\n  ${filter}${options}\n)`, params };
  }
  const update = updateOf(change.values.map(read));
  const options = `{ ${[...collation, 'returnDocument: "after"'].join(', ')} }`;
  return {
    text: `${collection}.findOneAndUpdate(\n  ${filter},\n  ${shellText(update, '  ')},\n  ${options}\n)`,
    params,
  };
}

/** Text is compared letter by letter, whatever the collection's own collation calls equal. */
const SIMPLE = 'collation: { locale: "simple" }';

function databaseText(namespace: string): string {
  return namespace === '' ? 'db' : `db.getSiblingDB(${JSON.stringify(namespace)})`;
}

/** The id and what the document was; an equality by `_id` finds it by its index. */
function filterText(key: Field, old: readonly Seen[]): string {
  const { value } = key;
  const id = isDocument(value) ? documentOf([['$eq', value]]) : value;
  const conditions = [...exactly(key.name, value), ...old.flatMap(({ conditions }) => conditions)];
  const filter = documentOf([
    ['_id', id],
    ['$expr', documentOf([['$and', conditions]])],
  ]);
  return shellText(filter, '  ');
}

function keyOf(cells: readonly Cell[]): Field {
  const [cell, second] = cells;
  if (!cell || second || cell.column !== '_id')
    throw refused('edit.key', 'A document is named by its _id alone.');
  const field = read(cell);
  if (field.value === undefined) throw refused('edit.key', 'A document without an _id can’t be named.');
  return field;
}

/** `$set` and `$unset`; names that these take for paths or operators are set by expressions (version 5.0 and later). */
function updateOf(fields: readonly Field[]): Value {
  if (fields.some(({ name }) => name === '_id'))
    throw refused(
      'edit.id',
      'The server lets no document’s _id be changed. Insert another document and delete this one.',
    );
  if (!fields.every(({ name }) => isPlainName(name)))
    return [documentOf([['$replaceWith', settingAll(fields)]])];
  const set = fields.filter(({ value }) => value !== undefined);
  const unset = fields.filter(({ value }) => value === undefined);
  return documentOf([
    ['$set', set.length > 0 ? documentOf(set.map(({ name, value }) => [name, value])) : undefined],
    ['$unset', unset.length > 0 ? documentOf(unset.map(({ name }) => [name, ''])) : undefined],
  ]);
}

/** The document with its fields set, or removed (MongoDB manual, "$setField"). */
function settingAll(fields: readonly Field[]): Value {
  return fields.reduce<Value>(
    (input, { name, value }) =>
      documentOf([
        [
          '$setField',
          documentOf([
            ['field', documentOf([['$literal', name]])],
            ['input', input],
            ['value', value === undefined ? '$$REMOVE' : documentOf([['$literal', value]])],
          ]),
        ],
      ]),
    '$$ROOT',
  );
}

/** A cell's text is canonical Extended JSON; what the user typed may be anything that the shell takes. */
function read({ column: name, value }: Cell): Field {
  if (value === null) return { name, value: undefined };
  try {
    return { name, value: literalOf(parseExpression(`(${value}\n)`)) };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw refused('edit.value', `The value of ${JSON.stringify(name)} can’t be written: ${error.message}`);
  }
}

/** A value that was seen, as what it is compared by. */
interface Seen {
  readonly conditions: readonly Document[];
  /** A collation could call it equal to another text. */
  readonly isText: boolean;
}

/** A value that is only compared has to be readable, not writable. */
function seen(cell: Cell): Seen {
  try {
    const { name, value } = read(cell);
    return { conditions: exactly(name, value), isText: hasText(value) };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const { column, value } = cell;
    if (!isJson(value)) throw error;
    return { conditions: nearly(column, value), isText: false };
  }
}

function isJson(text: string | null): text is string {
  try {
    return text !== null && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function refused(code: string, message: string): DriverError {
  return new DriverError(failureText(code, message, 'client'));
}
