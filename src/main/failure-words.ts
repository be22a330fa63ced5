import type { FailureText } from '../events/failure.ts';
import { caretLines, failureLines } from '../events/failure-lines.ts';
import type { QueryText } from '../events/wire.ts';

/** A failure or a notice as psql prints one: what, where in the statement, and what else the server said. */
export function failureWords(failure: FailureText, statement?: Pick<QueryText, 'text'>): string {
  const { code, message, severity, advice, position } = failure;
  return [
    `${severity ?? 'ERROR'} ${code}: ${message}`,
    ...(position !== undefined && statement ? [caretLines(statement.text, position)] : []),
    ...failureLines(failure),
    ...(advice ? [advice] : []),
  ].join('\n');
}
