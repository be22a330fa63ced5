import type { Reached } from '../../events/command.ts';
import { durationText } from '../../events/duration-text.ts';

/** A fact of a test, and whether it is to be looked at twice. */
interface TestResultFact {
  readonly name: string;
  readonly words: string;
  readonly tone: 'quiet' | 'waiting';
}

/** What a test of a connection found, in the order in which the user needs it. */
export function testResultFacts(reached: Reached, readOnly: boolean): readonly TestResultFact[] {
  const { flavour, version, encrypted, user, replica, canWrite, afterMs } = reached;
  const facts: TestResultFact[] = [
    { name: 'Server', words: `${flavour} ${version}, answered in ${durationText(afterMs)}`, tone: 'quiet' },
    {
      name: 'Encryption',
      words: encrypted ? 'encrypted' : 'not encrypted',
      tone: encrypted ? 'quiet' : 'waiting',
    },
    { name: 'Signed in as', words: user || 'no user: the server requires none', tone: 'quiet' },
  ];
  if (replica !== null)
    facts.push({
      name: 'Server role',
      words: replica ? 'replica, read-only' : 'primary',
      tone: 'quiet',
    });
  facts.push(writing(canWrite, readOnly));
  return facts;
}

function writing(canWrite: boolean | null, readOnly: boolean): TestResultFact {
  if (canWrite === null)
    return { name: 'Can write', words: 'unknown: checking would be expensive', tone: 'quiet' };
  if (!canWrite) return { name: 'Can write', words: 'no: the role is read-only', tone: 'quiet' };
  return readOnly
    ? {
        name: 'Can write',
        words: 'yes. Querytape prevents it here, but a read-only role is safer.',
        tone: 'waiting',
      }
    : { name: 'Can write', words: 'yes', tone: 'quiet' };
}
