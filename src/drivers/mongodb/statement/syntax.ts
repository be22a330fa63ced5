import { type Expression, parse } from 'acorn';

/** A text that is not understood, and where. */
export class StatementError extends Error {
  /** `at` is where, from 0 in UTF-16 units. */
  constructor(
    message: string,
    readonly at: number,
    readonly code = 'statement.notUnderstood',
    /** What to write instead, where that is known. Quotes no value. */
    readonly instead?: string,
  ) {
    super(message);
    this.name = 'StatementError';
  }
}

/** How deep a statement may nest. A server takes documents 100 levels deep (MongoDB manual, "MongoDB Limits and Thresholds"). */
export const DEPTH_MAX = 250;

/** What acorn says where its own stack is exhausted. */
const OUT_OF_STACK = 'Not enough stack space';

/**
 * Reads a text as one JavaScript expression. Nothing of it is ever run.
 * @throws StatementError
 */
export function parseExpression(text: string): Expression {
  let program: ReturnType<typeof parse>;
  try {
    program = parse(text, { ecmaVersion: 2023, sourceType: 'script' });
  } catch (error) {
    // Without a bound on the depth of a text, the reader's own stack is the bound.
    if (error instanceof RangeError) throw tooDeep(0);
    if (!(error instanceof SyntaxError)) throw error;
    const { pos = 0, message } = error as SyntaxError & { pos?: number };
    if (message.startsWith(OUT_OF_STACK)) throw tooDeep(pos);
    throw new StatementError(`${message.replace(/ \(\d+:\d+\)$/, '')}.`, pos, 'statement.syntax');
  }
  const [first, second] = program.body.filter(({ type }) => type !== 'EmptyStatement');
  if (!first) throw new StatementError('There is no statement.', 0);
  if (first.type !== 'ExpressionStatement')
    throw new StatementError(
      `A statement is one call, such as db.orders.find({}). Variables, functions and loops are not run here.`,
      first.start,
    );
  if (second) throw new StatementError('There is more than one statement.', second.start);
  return first.expression;
}

export function tooDeep(at: number): StatementError {
  return new StatementError(`The statement nests deeper than ${DEPTH_MAX} levels.`, at, 'statement.tooDeep');
}
