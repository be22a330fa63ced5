import type { PolicyView } from '../../events/config.ts';
import type { FailureText } from '../../events/failure.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { SessionView } from '../../events/views/session-view.ts';
import type { QueryText } from '../../events/wire.ts';
import { errorOffset } from './error-position.ts';
import { judgedOffset, type RefusalText, refusalText } from './refusal-text.ts';

/** A tab's error, with its position in the editor's text if the server reports one. */
export interface StatementError {
  readonly words: FailureText;
  readonly at: number | null;
}

type Words = ReadonlyMap<string, QueryText | null>;

/**
 * The first query of a script that failed, or the step of a transaction after it, with the server's words.
 */
export function statementErrorOf(
  queries: readonly QueryView[],
  steps: readonly QueryView[],
  words: Words,
  editorText: string,
  ranAt: number | null,
): StatementError | null {
  const since = queries[0]?.submittedAt ?? 0;
  const step = steps.find((query) => hasFailed(query) && query.submittedAt >= since);
  if (step) {
    const said = wordsOf(step, words);
    return said && { words: said, at: null };
  }
  const failed = queries.find(hasFailed);
  const said = failed && wordsOf(failed, words);
  if (!said) return null;
  const text = words.get(failed.queryId);
  return { words: said, at: text ? errorOffset(editorText, text, ranAt) : null };
}

function hasFailed({ outcome, failure }: QueryView): boolean {
  return failure !== null && (outcome === 'failed' || (outcome?.startsWith('lost') ?? false));
}

/** Null while the texts are being read. */
function wordsOf({ queryId, failure, outcome }: QueryView, words: Words): FailureText | null {
  const known = words.get(queryId);
  if (known === undefined) return null;
  const said: FailureText = known?.failure ?? {
    ...failure!,
    message: WITHOUT_WORDS[failure!.code] ?? FORGOTTEN,
  };
  const advice = said.advice ?? LOST[outcome ?? ''];
  return advice === undefined ? said : { ...said, advice };
}

/** A refusal of a script: the rule in words, and the place in the editor's text where it points at one. */
export interface Refused {
  readonly query: QueryView;
  readonly words: RefusalText;
  readonly at: number | null;
}

/** The first query of a script that was refused: which rule, where, and who may change it. */
export function refusedOf(
  queries: readonly QueryView[],
  words: Words,
  editorText: string,
  ranAt: number | null,
  where: {
    readonly session: SessionView;
    readonly name: string;
    readonly editable: boolean;
    readonly policy: PolicyView;
  },
): Refused | null {
  const query = queries.find(({ outcome }) => outcome === 'refused');
  if (!query) return null;
  const { session, name, editable, policy } = where;
  const text = words.get(query.queryId) ?? null;
  const pointer = `/environments/${session.environment}/blockDangerous`;
  const said = refusalText(query.refusedCode ?? 'refused', {
    profileName: name,
    environment: session.environment,
    editable,
    flavour: session.server?.flavour ?? session.engine,
    judgement: text?.judgement ?? null,
    variable: policy.setBy[pointer] ?? null,
    message: null,
  });
  return { query, words: said, at: text && judgedOffset(editorText, text, ranAt, said.position) };
}

const FORGOTTEN = 'The server’s message is no longer available; the code is on the tape.';

/** What failures mean whose code alone would need looking up. */
const WITHOUT_WORDS: Readonly<Record<string, string>> = {
  'profile.passwordNeeded':
    'This connection asks for its password each time, and locking the vault discarded it. Close the connection and open it again.',
};

/** What to do about a lost statement. */
const LOST: Readonly<Record<string, string>> = {
  'lost.notRun': 'It never left this machine, so it is safe to run again.',
  'lost.mayHaveCompleted': 'It may have completed on the server. Check there before running it again.',
};
