import { expect, it } from 'vitest';
import { copyNotice } from '../../../../../src/ui/result/grid/copy-notice.ts';

const action = { label: 'Close', act: () => {} };
const actions = { export: action, again: action, close: action };

it('says of a copy that reaches the end of a result that was cut that rows are missing, and why', () => {
  const copied = { type: 'copied', cells: 1200 } as const;
  expect(copyNotice(copied, '', actions)).toBeNull();
  expect(copyNotice(copied, 'cut at the row limit', actions)).toMatchObject({
    failed: false,
    text: '1\u00a0200 cells copied. Not all rows of the result are here: cut at the row limit.',
  });
});
