import { beginning } from '../../format/display-text.ts';
import { thousands } from '../../format/format.ts';
import { COPY_CELLS_MAX, type CopyEnd } from './copier.ts';
import { MESSAGE_UNITS_MAX, type Notice, type NoticeAction } from './grid-notice.ts';

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
