import { css, html, nothing, type TemplateResult } from 'lit';
import type { Reached, Refusal } from '../../events/command.ts';
import { durationText } from '../../events/duration-text.ts';
import { icon } from '../controls/icons.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { CHANGED_ELSEWHERE } from './connection-errors.ts';
import { testResultFacts } from './test-result-text.ts';
import type { TestStep } from './test-steps.ts';

/** Why nothing came of a test or a save, and what of that belongs to no field. */
interface NotDone {
  readonly refusal: Refusal;
  readonly rest: readonly string[];
}

/** What the outcome of a test looks like, between a form and its buttons. */
export const resultStyles = css`
  .result { flex: none; max-height: 34%; overflow: auto; padding: 10px 18px; border-top: 1px solid var(--qt-border); background: var(--qt-bg); }
  .result dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 14px; margin: 4px 0 0; }
  .result dt { color: var(--qt-fg-muted); }
  .result dd { margin: 0; overflow-wrap: anywhere; user-select: text; }
  .result p { display: flex; gap: 8px; align-items: center; }
  .result ul { margin: 4px 0 0; padding-left: 18px; }
  .result .waiting { color: var(--qt-state-waiting); }
  .result ol { list-style: none; margin: 4px 0; padding: 0; }
  .result ol li { display: grid; grid-template-columns: 16px minmax(0, max-content) minmax(0, 1fr) max-content; gap: 8px; align-items: center; line-height: 22px; }
  .result ol .step { overflow-wrap: anywhere; }
  .result ol .ms { font-variant-numeric: tabular-nums; color: var(--qt-fg-muted); }
  .result ol .later { color: var(--qt-fg-muted); }
  .result ol .failed { color: var(--qt-state-failed); font-weight: 600; }
  .result .mark { display: flex; justify-content: center; }
  .result .mark.well { font-weight: 400; }
  .result .well { color: var(--qt-state-well); font-weight: 600; }
`;

/** What came of the last test or save: it runs, was refused, or reached a server. */
export interface Outcome {
  readonly isTesting: boolean;
  readonly refusal: Refusal | null;
  /** What was refused of no single field. */
  readonly rest: readonly string[];
  readonly reached: Reached | null;
  /** Whether the form says that the connection only reads. */
  readonly readOnly: boolean;
}

/** The outcome of the last test or save; nothing before there is one. */
export function outcome(
  { isTesting, refusal, rest, reached, readOnly }: Outcome,
  steps: readonly TestStep[],
  openVault: () => void,
): TemplateResult | typeof nothing {
  if (isTesting) return testing(steps);
  if (refusal) return notDone({ refusal, rest }, openVault, steps);
  return reached ? reachedResult(reached, readOnly, steps) : nothing;
}

/** A test that runs: its steps where it has several. */
function testing(steps: readonly TestStep[]): TemplateResult {
  if (steps.length > 0) return html`<div class="result" role="status">${stepList(steps)}</div>`;
  return html`<div class="result late" role="status"><p><span class="dot running"></span>Connecting…</p></div>`;
}

/** What each state of a step looks like and is called by a screen reader. */
const STEP_STATES: { readonly [S in TestStep['state']]: { mark: () => unknown; words: string } } = {
  done: { mark: () => icon('check'), words: 'done' },
  running: { mark: () => html`<span class="dot running"></span>`, words: 'under way' },
  asking: { mark: () => html`<span class="dot waiting"></span>`, words: 'waits for your answer' },
  failed: { mark: () => icon('close'), words: 'failed' },
  stopped: { mark: () => html`<span class="dot hollow"></span>`, words: 'stopped' },
  waiting: { mark: () => html`<span class="dot hollow"></span>`, words: 'not begun' },
};

/** The steps of a test, each with its time. */
function stepList(steps: readonly TestStep[]) {
  if (steps.length === 0) return nothing;
  return html`<ol aria-label="Steps of the test" data-testid="test-steps">${steps.map(
    ({ words, found, state, ms }) => {
      const { mark, words: stateWords } = STEP_STATES[state];
      const isSilent = state === 'done' || state === 'waiting';
      const tone = state === 'waiting' ? 'later' : state === 'failed' ? 'failed' : '';
      return html`<li class=${tone} data-state=${state}>
      <span
        class="mark ${state === 'done' ? 'well' : ''}"
        role="img"
        aria-label=${stateWords}
      >${mark()}</span>
      <span class="step">${escapeInvisible(words)}</span>
      <span class="hint">${found}</span>
      <span class="ms">${ms !== null ? durationText(ms) : isSilent ? '' : stateWords}</span>
    </li>`;
    },
  )}</ol>`;
}

function notDone(
  { refusal, rest }: NotDone,
  openVault: () => void,
  steps: readonly TestStep[],
): TemplateResult {
  return html`<div class="result" role="alert">
    ${stepList(steps)}
    <p class="alert"><span><span class="code mono">${refusal.code}</span>${refusal.message}
      ${
        refusal.code.startsWith('vault.') && refusal.code !== CHANGED_ELSEWHERE.code
          ? html`<button class="link" type="button" @click=${openVault}>Open the vault</button>`
          : nothing
      }</span></p>
    ${rest.length > 0 ? html`<ul>${rest.map((words) => html`<li>${words}</li>`)}</ul>` : nothing}
  </div>`;
}

/** Who answered, and what is to be known of them. */
function reachedResult(reached: Reached, readOnly: boolean, steps: readonly TestStep[]): TemplateResult {
  return html`<div class="result" role="status">
    <p class="well">${icon('check')} Connection works</p>
    ${stepList(steps)}
    <dl>${testResultFacts(reached, readOnly).map(({ name, words, tone }) => html`<dt>${name}</dt><dd class=${tone}>${words}</dd>`)}</dl>
    ${reached.warnings.length > 0 ? html`<ul class="waiting">${reached.warnings.map((words) => html`<li>${words}</li>`)}</ul>` : nothing}
  </div>`;
}
