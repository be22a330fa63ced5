import { css, html, nothing, type TemplateResult } from 'lit';
import type { Reached, Refusal } from '../../events/command.ts';
import { icon } from '../controls/icons.ts';
import { testResultFacts } from './test-result-text.ts';

/** Why nothing came of a test or a save, and what of that belongs to no field. */
export interface NotDone {
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
  .result .well { color: var(--qt-state-well); font-weight: 600; }
`;

export function testing(): TemplateResult {
  return html`<div class="result late" role="status"><p><span class="dot running"></span>Connecting…</p></div>`;
}

export function notDone({ refusal, rest }: NotDone, openVault: () => void): TemplateResult {
  return html`<div class="result" role="alert">
    <p class="alert"><span><span class="code mono">${refusal.code}</span>${refusal.message}
      ${refusal.code.startsWith('vault.') ? html`<button class="link" type="button" @click=${openVault}>Open the vault</button>` : nothing}</span></p>
    ${rest.length > 0 ? html`<ul>${rest.map((words) => html`<li>${words}</li>`)}</ul>` : nothing}
  </div>`;
}

/** Who answered, and what is to be known of them. */
export function reachedResult(reached: Reached, readOnly: boolean): TemplateResult {
  return html`<div class="result" role="status">
    <p class="well">${icon('check')} Connection works</p>
    <dl>${testResultFacts(reached, readOnly).map(({ name, words, tone }) => html`<dt>${name}</dt><dd class=${tone}>${words}</dd>`)}</dl>
    ${reached.warnings.length > 0 ? html`<ul class="waiting">${reached.warnings.map((words) => html`<li>${words}</li>`)}</ul>` : nothing}
  </div>`;
}
