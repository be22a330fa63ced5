import type { Arguments } from './arguments.ts';
import { documentOf, type Operation, oneCommand, type Value } from './operation.ts';
import { StatementError } from './syntax.ts';

const VERBOSITIES = ['queryPlanner', 'executionStats', 'allPlansExecution'];

/** The operation that explains another one; the verbosity is an argument (MongoDB manual, "explain"). @throws StatementError */
export function explained(operation: Operation, given: Arguments, place: number): Operation {
  const at = given.at(place);
  if (operation.type !== 'command' || operation.commands.length !== 1)
    throw new StatementError('This can’t be explained.', at);
  const value = given.most(place + 1).value(place) ?? 'queryPlanner';
  const verbosity = value === true ? 'allPlansExecution' : value === false ? 'queryPlanner' : value;
  if (typeof verbosity !== 'string' || !VERBOSITIES.includes(verbosity))
    throw new StatementError(`What is explained is one of ${VERBOSITIES.join(', ')}.`, at);
  const pairs: [string, Value][] = [
    ['explain', documentOf(operation.commands[0]!)],
    ['verbosity', verbosity],
  ];
  return oneCommand(operation.database, pairs, { shape: 'reply' });
}
