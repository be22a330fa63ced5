import type { FailureText } from './failure.ts';
import { FAILURE_NAME_UNITS_MAX, FAILURE_TEXT_UNITS_MAX } from './limits.ts';

const TEXTS = ['message', 'detail', 'hint', 'context', 'internalQuery', 'advice'] as const;
const NAMES = ['severity', 'schema', 'table', 'column', 'dataType', 'constraint'] as const;

/** The UTF-16 units of a failure's words. */
export function failureUnits(failure: FailureText): number {
  return [...TEXTS, ...NAMES].reduce((sum, part) => sum + (failure[part]?.length ?? 0), 0);
}

/**
 * A failure or a notice of a bounded size, whatever a server says: a text that is longer than `textUnitsMax`, in UTF-16 units, is cut
 * and says by how much. The same object where nothing is too long.
 */
export function boundedFailure(failure: FailureText, textUnitsMax = FAILURE_TEXT_UNITS_MAX): FailureText {
  const namesMax = Math.min(FAILURE_NAME_UNITS_MAX, textUnitsMax);
  const isLong = (part: keyof FailureText, most: number): boolean => `${failure[part] ?? ''}`.length > most;
  if (!TEXTS.some((part) => isLong(part, textUnitsMax)) && !NAMES.some((part) => isLong(part, namesMax)))
    return failure;
  const bounded: Record<string, unknown> = { ...failure };
  const bound = (part: (typeof TEXTS | typeof NAMES)[number], most: number): void => {
    const text = failure[part];
    if (text !== undefined && text.length > most) bounded[part] = cut(text, most);
  };
  for (const part of TEXTS) bound(part, textUnitsMax);
  for (const part of NAMES) bound(part, namesMax);
  return bounded as FailureText;
}

function cut(text: string, most: number): string {
  // A slice would keep the whole text alive; what has gone through JSON is a text of its own.
  const head: string = JSON.parse(JSON.stringify(text.slice(0, most)));
  return `${head}… (${text.length - most} characters more were cut)`;
}
