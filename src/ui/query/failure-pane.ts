import { html, nothing, type TemplateResult } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import { lineOf } from './error-position.ts';
import type { RefusalAct } from './refusal-text.ts';
import type { Refused, StatementError } from './statement-error.ts';
import './qt-failure.ts';
import './qt-refusal.ts';

/** What went wrong in a tab, at most one of which is shown, in this order. */
interface TabFailures {
  /** A command of the tab was refused. */
  readonly refusal: FailureText | null;
  /** A statement of its script failed. */
  readonly fault: StatementError | null;
  /** A rule refused a statement of its script. */
  readonly refused: () => Refused | null;
  /** The text of its editor. */
  readonly text: string;
  /** What its server's codes are called. */
  readonly codeWord: string;
}

/** What a user does about it. */
interface FailureActs {
  readonly reveal: (offset: number) => void;
  /** Runs a query of the script again. */
  readonly again: (queryId: string) => void;
  readonly rollback: () => void;
}

/** What went wrong below a tab's editor: an error with its line, or which rule refused and who may change it. */
export function failurePane(failures: TabFailures, acts: FailureActs): TemplateResult | typeof nothing {
  const { refusal, fault, text, codeWord } = failures;
  const failure = refusal ?? fault?.words;
  const refused = failure ? null : failures.refused();
  const at = refused ? refused.at : refusal ? null : (fault?.at ?? null);
  const place = at === null ? '' : `line ${lineOf(text, at)}`;
  const reveal = (): void => {
    if (at !== null) acts.reveal(at);
  };
  if (refused) {
    const act = ({ detail }: CustomEvent<RefusalAct>): void => {
      if (detail === 'run-again') acts.again(refused.query.queryId);
      else if (detail === 'rollback') acts.rollback();
    };
    return html`<qt-refusal
      .refusal=${refused.words}
      place=${place}
      @qt-show-place=${reveal}
      @qt-refusal-act=${act}
    ></qt-refusal>`;
  }
  if (!failure) return nothing;
  return html`<qt-failure
    .failure=${failure}
    code-word=${codeWord}
    place=${place}
    @qt-show-place=${reveal}
  ></qt-failure>`;
}
