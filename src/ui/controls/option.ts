import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

/**
 * An option of a select. Whether it is the chosen one follows the data, also after the user has chosen another: the attribute
 * `selected` would be without effect from then on.
 */
export function option(value: string | number, words: string, isChosen: boolean): TemplateResult {
  return html`<option value=${value} .selected=${live(isChosen)}>${words}</option>`;
}
