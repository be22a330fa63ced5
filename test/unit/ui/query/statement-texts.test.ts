import { expect, it, vi } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { StatementTexts } from '../../../../src/ui/query/statement-texts.ts';

const query = (changes: Partial<QueryView>) =>
  ({ queryId: 'q', notices: 0, failure: null, outcome: null, ...changes }) as QueryView;
const failure = { code: '42601', source: 'server' } as QueryView['failure'];

it('reads a text as soon as the server has said something, and again when it has said more', () => {
  const read = vi.fn(async () => null);
  const texts = new StatementTexts(read, () => {});
  texts.follow([query({})]);
  texts.follow([query({ failure })]);
  expect(read).not.toHaveBeenCalled();
  texts.follow([query({ notices: 1 })]);
  texts.follow([query({ notices: 1 })]);
  expect(read).toHaveBeenCalledTimes(1);
  texts.follow([query({ notices: 1, outcome: 'failed', failure })]);
  expect(read).toHaveBeenCalledTimes(2);
});

it('reads nothing of a statement that succeeded in silence, and why one was refused', () => {
  const read = vi.fn(async () => null);
  const texts = new StatementTexts(read, () => {});
  texts.follow([query({ outcome: 'succeeded' })]);
  expect(read).not.toHaveBeenCalled();
  texts.follow([query({ outcome: 'refused' })]);
  expect(read).toHaveBeenCalledTimes(1);
});
