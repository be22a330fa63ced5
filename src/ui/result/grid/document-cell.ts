import { readEjson } from '../../../events/ejson.ts';
import type { ViewedCell } from './cell-viewer.ts';

/**
 * A document's value as the viewer shows it: a string as its own text, all else as Extended JSON, each with
 * its own type.
 */
export function documentCell(cell: ViewedCell): ViewedCell {
  const { column, value } = cell;
  const node = value === null ? undefined : readEjson(value);
  if (!node) return value === null ? { ...cell, column: { ...column, type: 'no such field' } } : cell;
  const type = node.kind;
  return { ...cell, column: { ...column, type }, value: type === 'string' ? node.shown : value };
}
