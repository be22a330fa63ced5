import { ejsonPlain, readEjson } from '../ejson.ts';
import type { Column } from '../result.ts';
import { jsonArray } from './json.ts';
import { isLosslessNumber } from './json-number.ts';
import { safeJson } from './json-string.ts';
import type { RowFormat } from './row-format.ts';

/** The two forms of Extended JSON v2 (MongoDB specification, "Extended JSON"). */
export type EjsonForm = 'relaxed' | 'canonical';
export const EJSON_FORMS: readonly EjsonForm[] = ['relaxed', 'canonical'];

/** Documents as mongoexport writes them: an array with `--jsonArray`, else one per line. Takes each whole document. */
export function documentFormat(
  name: 'json' | 'ndjson',
  form: EjsonForm,
): Omit<RowFormat, 'row'> & { row(document: string): string } {
  const written = (text: string) => safeJson(form === 'relaxed' ? relaxed(text) : text);
  if (name === 'ndjson') return { head: '', row: (text) => `${written(text)}\n`, tail: () => '' };
  let document = '';
  const array = jsonArray(() => written(document));
  return {
    ...array,
    row(text) {
      document = text;
      return array.row([]);
    },
  };
}

/** A document of some fields; one that is not there is left out. */
export function documentOfCells(columns: readonly Column[], cells: readonly (string | null)[]): string {
  const fields = columns.flatMap(({ name }, i) => {
    const value = cells[i] ?? null;
    return value === null ? [] : [`${JSON.stringify(name)}:${value}`];
  });
  return `{${fields.join(',')}}`;
}

const FORM =
  /\{"\$(numberInt|numberLong|numberDouble|date)":(?:"(-?[0-9][0-9.eE+-]*)"|\{"\$numberLong":"(-?[0-9]+)"\})\}/y;
/** The years 1970 to 9999, in which relaxed Extended JSON writes a date as ISO 8601. */
const ISO_MS_MAX = 253_402_300_799_999;

/**
 * Canonical Extended JSON, written without white space, as relaxed. Integers and doubles become JSON numbers, but only where a
 * reader that makes doubles of numbers loses nothing; the canonical form of the others is part of the relaxed one too.
 */
export function relaxed(text: string): string {
  let written = '';
  let taken = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      while (text[++at] !== '"' && at < text.length) if (text[at] === '\\') at++;
    } else if (char === '{') {
      FORM.lastIndex = at;
      const form = FORM.exec(text);
      const plain = form && relaxedValue(form[1]!, form[2] ?? form[3]!, form[3] !== undefined);
      if (!form) continue;
      const end = at + form[0].length;
      if (plain) {
        written += text.slice(taken, at) + plain;
        taken = end;
      }
      at = end - 1;
    }
  }
  return written + text.slice(taken);
}

function relaxedValue(name: string, digits: string, isDate: boolean): string | null {
  if ((name === 'date') !== isDate) return null;
  if (!isDate) return isLosslessNumber(digits) ? digits : null;
  const ms = Number(digits);
  return ms >= 0 && ms <= ISO_MS_MAX ? `{"$date":"${isoDate(ms)}"}` : null;
}

/** Without the fraction where it is zero (Extended JSON, "Conversion table": as few digits as needed). */
function isoDate(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** A field as a cell of a table: plain where it has a plain text, else relaxed Extended JSON; null for null. */
export function plainCell(value: string | null): string | null {
  const node = value === null ? undefined : readEjson(value);
  if (!node) return value;
  switch (node.kind) {
    case 'null':
    case 'undefined':
      return null;
    case 'objectId':
    case 'uuid':
      return node.shown.slice(node.shown.indexOf("'") + 1, -2);
    case 'date':
      return /^ISODate\('(.*)'\)$/.exec(node.shown)?.[1] ?? relaxed(node.text);
    case 'string':
    case 'int':
    case 'long':
    case 'double':
    case 'decimal':
    case 'bool':
    case 'symbol':
    case 'javascript':
    case 'regex':
      return node.shown;
    default:
      return relaxed(node.text);
  }
}

/** A field as the page's clipboard takes it: what can be pasted back into a cell letter for letter. */
export function clipboardCell(value: string | null): string | null {
  return value === null ? null : ejsonPlain(value);
}
