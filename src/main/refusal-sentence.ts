import type { Judgement } from '../events/judgement.ts';
import type { Profile } from '../events/profile.ts';
import { sentences } from '../events/sentences.ts';

/** What a statement does that a read-only profile takes no part in. */
const DOES: Readonly<Record<string, string>> = {
  write: 'the statement writes',
  ddl: 'the statement changes definitions',
  transaction: 'the statement begins or ends a transaction',
  session: 'the statement changes what later ones on the connection mean',
  admin: 'the statement changes the server or the rights on it',
  notProvenRead: 'the statement is not proven to read',
};

/**
 * Which rule refused a statement, why, and what to do, in sentences. `message` is the program's own words,
 * where it has some.
 */
export function refusalSentence(
  code: string,
  { name, environment }: Pick<Profile, 'name' | 'environment'>,
  judgement: Judgement | null,
  message: string | undefined,
): string {
  const [area, what = ''] = code.split('.');
  const dangers = (judgement?.dangers ?? []).map(({ reason }) => reason);
  switch (area) {
    case 'readOnly':
      return sentences(
        `${name} is read-only, and ${DOES[what] ?? 'the statement does more than read'}`,
        message ?? judgement?.reason ?? '',
        `Nothing was sent. Switch read-only off in the connection's settings, or use another profile`,
      );
    case 'policy':
      return sentences(
        `The policy blocks dangerous statements on ${environment}`,
        ...dangers,
        `Nothing was sent. Make the statement narrower, or change “Block dangerous statements” of ${environment} in the policy`,
      );
    case 'confirmation':
      return sentences(
        'It is dangerous and was not confirmed',
        ...dangers,
        `Nothing was sent. Run it with --confirm ${JSON.stringify(name)}, or type the name at a terminal`,
      );
    case 'tape':
      return 'The tape can’t be written, so nothing is sent to a server. Make room in the data folder, and run it again.';
    default:
      return message ?? 'Nothing was sent.';
  }
}
