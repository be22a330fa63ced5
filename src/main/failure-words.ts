import type { FailureText } from '../events/failure.ts';
import { caretLines, failureLines } from '../events/failure-lines.ts';
import type { QueryText } from '../events/wire.ts';

/**
 * A failure or a notice as psql prints one: what, where in the statement, and what else the server said.
 * Further lines of the server's texts are indented, so that none of them can be taken for a line of ours.
 */
export function failureWords(failure: FailureText, statement?: Pick<QueryText, 'text'>): string {
  const { code, message, severity, advice, position } = failure;
  return [
    within(`${severity ?? 'ERROR'} ${code}: ${message}`),
    ...(position !== undefined && statement ? [caretLines(statement.text, position)] : []),
    ...failureLines(failure).map(within),
    ...(advice ? [advice] : []),
  ].join('\n');
}

function within(text: string): string {
  return text.replace(/\r?\n/g, '\n  ');
}
