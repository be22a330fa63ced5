import { FIND_TEXT_UNITS_MAX } from '../events/limits.ts';
import type { FoundCells } from '../events/result.ts';
import type { ReadableResult } from './app.ts';
import { FINDS_MAX } from './limits.ts';
import { ResultFind } from './result-find.ts';

/** The parameters of `GET /api/results/ID/find`, as they come. */
export type FindQuery = Readonly<
  Partial<Record<'text' | 'case' | 'row' | 'column' | 'direction' | 'columns', string>>
>;

/** What is wrong with a request. */
export const FIND_INVALID = `\`text\` has 1 to ${FIND_TEXT_UNITS_MAX} characters, \`case\` is true or false, \`row\` counts from 0, \`column\` and \`columns\` are of the result, \`direction\` is forward or back.`;

/** The searches of results that are under way or may be gone on with. */
export class ResultFinds {
  /** By what is looked for where, longest not asked for first. */
  readonly #finds = new Map<string, ResultFind>();

  /** Looks for a text in a result; undefined where that can't be read from the parameters. */
  answer(result: ReadableResult, query: FindQuery, signal: AbortSignal): Promise<FoundCells> | undefined {
    const { resultId, columns } = result.meta();
    const { text = '', case: matchCase = 'false', row = '0', column, direction = 'forward' } = query;
    const index = (digits: string): number => (/^\d{1,16}$/.test(digits) ? Number(digits) : Number.NaN);
    const searched = query.columns?.toString().split(',').map(index) ?? columns.map((_, i) => i);
    const from = {
      row: index(row),
      column: column === undefined ? null : index(column),
      back: direction === 'back',
    };
    const isColumn = (one: number): boolean => one < columns.length;
    const isValid =
      // A parameter that comes twice is a list.
      Object.values(query).every((value) => typeof value === 'string') &&
      text !== '' &&
      text.length <= FIND_TEXT_UNITS_MAX &&
      (matchCase === 'true' || matchCase === 'false') &&
      (direction === 'forward' || direction === 'back') &&
      Number.isSafeInteger(from.row) &&
      (from.column === null || isColumn(from.column)) &&
      searched.length <= columns.length &&
      searched.every(isColumn);
    if (!isValid) return undefined;
    const key = JSON.stringify([resultId, text, matchCase, query.columns]);
    const known = this.#finds.get(key);
    const find =
      known?.result === result && known.isCurrent
        ? known
        : new ResultFind(result, { text, matchCase: matchCase === 'true', searched });
    this.#finds.delete(key);
    this.#finds.set(key, find);
    for (const oldest of this.#finds.keys()) {
      if (this.#finds.size <= FINDS_MAX) break;
      this.#finds.delete(oldest);
    }
    return find.answer(from, signal);
  }
}
