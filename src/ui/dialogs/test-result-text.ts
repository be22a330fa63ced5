import type { Reached } from '../../events/command.ts';
import { duration } from '../format/format.ts';

/** A fact of a test, and whether it is to be looked at twice. */
export interface TestResultFact {
  readonly name: string;
  readonly words: string;
  readonly tone: 'quiet' | 'waiting';
}

/** What a test of a connection found, in the order a person wants it. */
export function testResultFacts(reached: Reached, readOnly: boolean): readonly TestResultFact[] {
  const { flavour, version, encrypted, user, replica, canWrite, afterMs } = reached;
  const facts: TestResultFact[] = [
    { name: 'Server', words: `${flavour} ${version}, answered in ${duration(afterMs)}`, tone: 'quiet' },
    {
      name: 'On the way',
      words: encrypted ? 'encrypted' : 'not encrypted',
      tone: encrypted ? 'quiet' : 'waiting',
    },
    { name: 'Signed in as', words: user || 'nobody: the server asks for no user', tone: 'quiet' },
  ];
  if (replica !== null)
    facts.push({
      name: 'Part',
      words: replica ? 'a replica, which takes no writes' : 'the primary',
      tone: 'quiet',
    });
  facts.push(writing(canWrite, readOnly));
  return facts;
}

function writing(canWrite: boolean | null, readOnly: boolean): TestResultFact {
  if (canWrite === null) return { name: 'May write', words: 'can’t be told cheaply', tone: 'quiet' };
  if (!canWrite) return { name: 'May write', words: 'no: the role itself only reads', tone: 'quiet' };
  return readOnly
    ? {
        name: 'May write',
        words: 'yes, the role may. Querytape keeps it from that; a role that can’t is safer.',
        tone: 'waiting',
      }
    : { name: 'May write', words: 'yes', tone: 'quiet' };
}
