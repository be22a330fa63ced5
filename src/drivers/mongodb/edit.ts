import type { Cell, RowChange } from '../../events/edit.ts';
import { DriverError, type Edit, type Params } from '../driver.ts';
import { exactly, hasText, isPlainName } from './exact-match.ts';
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
 * The statement of a change, with its values in it: one document is found by its `_id`, and changed only where every old
 * value is exactly as it was seen. Finding and changing are one operation on the server (MongoDB manual, "Atomicity").
 * @throws DriverError `edit.*`
 */
export function editStatement(change: RowChange): Edit {
  const params: Params = [];
  const collection = `${databaseText(change.namespace)}.getCollection(${JSON.stringify(change.collection)})`;
  if (change.change === 'insert') {
    const document = documentOf(change.values.map(read).map(({ name, value }) => [name, value]));
    return { text: `${collection}.insertOne(${shellText(document)})`, params };
  }
  const old = change.old.map(read);
  const key = keyOf(change.key);
  const filter = filterText(key, old);
  const collation = [key, ...old].some(({ value }) => hasText(value)) ? `,\n  ${SIMPLE}` : '';
  if (change.change === 'delete')
    return { text: `${collection}.deleteOne(\n  ${filter}${collation}\n)`, params };
  const update = updateOf(change.values.map(read));
  return {
    text: `${collection}.updateOne(\n  ${filter},\n  ${shellText(update, '  ')}${collation}\n)`,
    params,
  };
}

/** Text is compared letter by letter, whatever the collection's own collation calls equal. */
const SIMPLE = '{ collation: { locale: "simple" } }';

function databaseText(namespace: string): string {
  return namespace === '' ? 'db' : `db.getSiblingDB(${JSON.stringify(namespace)})`;
}

/** The id and what the document was; an equality by `_id` finds it by its index. */
function filterText(key: Field, old: readonly Field[]): string {
  const { value } = key;
  const id = isDocument(value) ? documentOf([['$eq', value]]) : value;
  const conditions = [key, ...old].flatMap((field) => exactly(field.name, field.value));
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

function updateOf(fields: readonly Field[]): Document {
  if (fields.some(({ name }) => name === '_id'))
    throw refused(
      'edit.id',
      'The server lets no document’s _id be changed. Insert another document and delete this one.',
    );
  const set = fields.filter(({ value }) => value !== undefined);
  const unset = fields.filter(({ value }) => value === undefined);
  return documentOf([
    ['$set', set.length > 0 ? documentOf(set.map(({ name, value }) => [name, value])) : undefined],
    ['$unset', unset.length > 0 ? documentOf(unset.map(({ name }) => [name, ''])) : undefined],
  ]);
}

/** A cell's text is canonical Extended JSON; what a person typed may be anything that the shell takes. */
function read({ column: name, value }: Cell): Field {
  if (!isPlainName(name))
    throw refused(
      'edit.fieldName',
      `The server can’t change the field ${JSON.stringify(name)} by its name, as it is empty or holds a dot or a dollar sign.`,
    );
  if (value === null) return { name, value: undefined };
  try {
    return { name, value: literalOf(parseExpression(`(${value}\n)`)) };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw refused('edit.value', `The value of ${name} can’t be written: ${error.message}`);
  }
}

function refused(code: string, message: string): DriverError {
  return new DriverError(failureText(code, message, 'client'));
}
