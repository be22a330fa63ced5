import { documentOf, type Operation, oneCommand, type Value } from './operation.ts';
import { StatementError } from './syntax.ts';

const VERBOSITIES = ['queryPlanner', 'executionStats', 'allPlansExecution'];

/**
 * The operation that explains another one (MongoDB manual, "explain"). `verbosity` is one of its words, or true or false as
 * mongosh has it. @throws StatementError
 */
export function explained(operation: Operation, verbosity: Value | undefined, at: number): Operation {
  if (operation.type !== 'command' || operation.commands.length !== 1)
    throw new StatementError('This can’t be explained.', at);
  const word =
    verbosity === true
      ? 'allPlansExecution'
      : verbosity === false || verbosity === undefined
        ? 'queryPlanner'
        : verbosity;
  if (typeof word !== 'string' || !VERBOSITIES.includes(word))
    throw new StatementError(`What is explained is one of ${VERBOSITIES.join(', ')}.`, at);
  const pairs: [string, Value][] = [
    ['explain', documentOf(operation.commands[0]!)],
    ['verbosity', word],
  ];
  return oneCommand(operation.database, pairs, { shape: 'reply' });
}
