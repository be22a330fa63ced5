import type { ColumnInfo } from '../../../events/catalogue.ts';
import { holdsBytes } from '../../../events/utf8-text.ts';
import type { CellEdit } from '../grid/grid-editing.ts';
import { ejsonText, fromEjsonText, kindOf } from './ejson-edit.ts';
import type { Value } from './staged-changes.ts';

/**
 * How a cell of a table is edited; its column is null while the catalogue was not read. `isMissing`: an inserted row leaves
 * it to the server.
 */
export function sqlCell(
  value: Value,
  info: ColumnInfo | null,
  isMissing: boolean,
): CellEdit | { readonly why: string } {
  if (value?.includes('\r') || value?.includes('\0'))
    return {
      why: 'The value contains control characters that a text field would lose. Write the statement by hand.',
    };
  if (value !== null && holdsBytes(value))
    return {
      why: 'The value contains bytes that are not valid UTF-8. Write the statement by hand.',
    };
  const name = info?.name ?? 'The column';
  const isJson = /^jsonb?$/.test(info?.type ?? '');
  return {
    text: value ?? '',
    isNull: value === null,
    nullWord: isMissing ? 'DEFAULT' : 'NULL',
    nullLacking: info?.nullable === false ? `${name} is NOT NULL.` : '',
    choices: info?.choices ?? choicesOf(info?.type ?? ''),
    typeOf: () => info?.type ?? '',
    read: (typed) => (isJson ? readJson(typed) : { value: typed }),
  };
}

/** The values of a type that lists few by its name: PostgreSQL's booleans, as it writes them, and what MySQL's ENUM lists. */
function choicesOf(type: string): readonly string[] {
  if (type === 'boolean') return ['t', 'f'];
  if (!/^enum\(/i.test(type)) return [];
  return [...type.matchAll(/'((?:[^']|'')*)'/g)].map(([, value]) => value!.replaceAll("''", "'"));
}

/** The text as it was typed, where it is JSON: no digit of it is touched. */
function readJson(typed: string): { readonly value: string } | { readonly why: string } {
  try {
    JSON.parse(typed);
    return { value: typed };
  } catch {
    return { why: 'Not valid JSON. Strings need double quotes, e.g. "text".' };
  }
}

/** How a field of a document is edited, as Extended JSON. */
export function documentCell(value: Value): CellEdit {
  const was = ejsonText(value);
  return {
    text: was.text,
    isNull: value === null,
    nullWord: 'no field',
    nullLacking: '',
    choices: was.kind === 'bool' ? ['true', 'false'] : [],
    typeOf: (typed) => kindOf(typed, was),
    read: (typed) => fromEjsonText(typed, was),
  };
}
