import { html, nothing, type TemplateResult } from 'lit';
import type { Work } from './connection-work.ts';

/** What the buttons of a connection's dialog do. Save is the form's own submit. */
interface FootActs {
  readonly test: () => void;
  readonly duplicate: () => void;
  readonly remove: () => void;
  readonly leave: () => void;
}

/** The buttons below a connection's form. `saved`: the connection is one that can be duplicated and deleted. */
export function connectionFoot(work: Work, saved: boolean, acts: FootActs): TemplateResult {
  return html`<div class="foot">
    <button
      class="button"
      type="button"
      ?disabled=${work !== null && work !== 'test'}
      @click=${acts.test}
    >${work === 'test' ? 'Stop the test' : 'Test'}</button>
    ${saved ? html`${button('Duplicate', work, acts.duplicate)} ${button('Delete…', work, acts.remove)}` : nothing}
    <span class="space"></span>
    <button class="button" type="button" @click=${acts.leave}>Cancel</button>
    <button
      class="button primary"
      type="submit"
      ?disabled=${work === 'save'}
    >${work === 'save' ? 'Saving…' : 'Save'}</button>
  </div>`;
}

function button(label: string, work: Work, act: () => void): TemplateResult {
  return html`<button
    class="button"
    type="button"
    ?disabled=${work !== null}
    @click=${act}
  >${label}</button>`;
}
