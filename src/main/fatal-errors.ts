import { Code } from '../events/schema.ts';
import { say } from './output.ts';

const CODE = new RegExp(Code.pattern!);
/** A line of a stack that names a place in the program. */
const FRAME = /^ {4}at (?:[\w.$<>[\] #]+ \()?(?:file:\/\/|node:)?[^\s()]+:\d+:\d+\)?$/;

/**
 * What may be printed of an uncaught error: its kind and where it was raised. Its message and fields may
 * quote a statement's values, and a terminal's output is kept in many places.
 */
export function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const { name, message, stack = '', code } = error as Error & { code?: unknown };
  const kind = CODE.test(name) ? name : 'Error';
  const said = typeof code === 'string' && CODE.test(code) ? `${kind} ${code}` : kind;
  const places = stack
    .replace(message, '')
    .split('\n')
    .filter((line) => FRAME.test(line));
  return [said, ...places].join('\n');
}

/** From now on an uncaught error ends the process and prints its place on stderr, never its message. */
export function reportOnlyWhere(): void {
  process.on('uncaughtException', (error) => {
    say(`Querytape was ended by a defect of its own. The tape says what was in flight.\n${whereOf(error)}`);
    process.exit(1);
  });
}
