import { html, nothing, type TemplateResult } from 'lit';
import { beginning } from '../../format/display-text.ts';
import { thousands } from '../../format/format.ts';
import type { WindowFailure } from './row-loader.ts';

/** A line at the foot of the grid: what was not done and why, and what to do about it. */
export interface Notice {
  readonly about: 'rows' | 'copy' | 'dialog';
  readonly text: string;
  readonly failed: boolean;
  readonly actions: readonly NoticeAction[];
}

export interface NoticeAction {
  readonly label: string;
  act(): void;
}

/** What is quoted of an error. */
export const MESSAGE_UNITS_MAX = 300;

export function rowsFailed(failure: WindowFailure, rowsHere: number, retry: NoticeAction): Notice {
  const range = `${thousands(failure.from + 1)}–${thousands(Math.min(failure.to, rowsHere))}`;
  const text = `Rows ${range} could not be read: ${beginning(failure.message, MESSAGE_UNITS_MAX)}`;
  return { about: 'rows', text, failed: true, actions: [retry] };
}

/** What a dialog was to show is not here; `what` says so. */
export function dialogFailed(what: string, message: string, actions: readonly NoticeAction[]): Notice {
  const text = `${what}: ${beginning(message, MESSAGE_UNITS_MAX)}`;
  return { about: 'dialog', text, failed: true, actions };
}

export function noticeLine({ text, failed, actions }: Notice): TemplateResult {
  return html`<div class="notice ${failed ? 'failed' : ''}" role="alert">
    ${failed ? html`<span class="failed" aria-hidden="true">!</span>` : nothing}
    <p>${text}</p>
    ${actions.map(({ label, act }) => html`<button @click=${act}>${label}</button>`)}
  </div>`;
}
