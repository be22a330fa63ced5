import { html, nothing, type TemplateResult } from 'lit';
import { beginning } from '../../format/display-text.ts';
import { thousands } from '../../format/format.ts';
import { COPY_CELLS_MAX, type CopyEnd } from './copier.ts';
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

const MESSAGE_UNITS_MAX = 300;

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

export function copying(rows: number, of: number, cancel: NoticeAction): Notice {
  const text = `Copying: ${thousands(rows)} of ${thousands(of)} rows read`;
  return { about: 'copy', text, failed: false, actions: [cancel] };
}

/**
 * Why nothing is on the clipboard, or that what is there is not the whole result (`missing` says why); null
 * where it is, or where the copy was stopped.
 */
export function copyNotice(
  end: CopyEnd,
  missing: string,
  actions: Readonly<Record<'export' | 'again' | 'close', NoticeAction>>,
): Notice | null {
  const notice = (text: string, first: NoticeAction, failed = false): Notice => {
    return { about: 'copy', text: `${text} Nothing was copied.`, failed, actions: [first, actions.close] };
  };
  switch (end.type) {
    case 'tooMany': {
      const most = thousands(COPY_CELLS_MAX);
      return notice(
        `${thousands(end.cells)} cells are selected; the clipboard takes ${most}.`,
        actions.export,
      );
    }
    case 'tooLarge':
      return notice('The selection is larger than 50 MB.', actions.export);
    case 'blocked':
      return notice('The browser blocked the clipboard.', actions.again);
    case 'failed':
      return notice(`${beginning(end.message, MESSAGE_UNITS_MAX)}.`, actions.again, true);
    case 'copied': {
      if (missing === '') return null;
      const text = `${thousands(end.cells)} cells copied. Not all rows of the result are here: ${missing}.`;
      return { about: 'copy', text, failed: false, actions: [actions.close] };
    }
    case 'stopped':
      return null;
  }
}

export function noticeLine({ text, failed, actions }: Notice): TemplateResult {
  return html`<div class="notice ${failed ? 'failed' : ''}" role="alert">
    ${failed ? html`<span class="failed" aria-hidden="true">!</span>` : nothing}
    <p>${text}</p>
    ${actions.map(({ label, act }) => html`<button @click=${act}>${label}</button>`)}
  </div>`;
}
