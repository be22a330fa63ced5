import { expect, it } from 'vitest';
import type { CommandAnswer } from '../../../../src/events/command.ts';
import type { State } from '../../../../src/events/views/state.ts';
import { emptyState } from '../../../../src/events/views/state.ts';
import { CloseGuard } from '../../../../src/ui/app/close-guard.ts';

/** What the user is asked who closes a session with a transaction in each of the tabs, and answers that it stays open. */
async function asked(tabs: readonly string[], running: string | null): Promise<readonly string[]> {
  const connections = tabs.map((tabId) => [
    tabId,
    { sessionId: 's', state: 'open', transaction: 'open', tabId },
  ]);
  const queries = running === null ? {} : { q: { tabId: running, outcome: null } };
  const state = {
    ...emptyState(),
    connections: Object.fromEntries(connections),
    queries,
  } as unknown as State;
  const refused: CommandAnswer = { refused: { code: 'transaction.open', message: '' } };
  let lines: readonly string[] = [];
  const guard = new CloseGuard({
    client: { state, ended: async () => undefined, query: async () => Promise.reject(new Error()) } as never,
    send: async () => refused,
    ask: async (question) => {
      lines = question.lines as readonly string[];
      return question.choices.at(-1)!.answer;
    },
    say: () => {},
    titleOf: (tabId) => (tabId === 'mine' ? 'select 1' : 'a tab in another page'),
  });
  expect(await guard.session('s', 'Demo')).toBe(false);
  return lines;
}

it('names the tab whose transaction is open, also where another page has it', async () => {
  expect(await asked(['theirs'], null)).toEqual([
    'A transaction is open in “a tab in another page”. Its changes are kept only if you commit.',
  ]);
  expect((await asked(['mine', 'theirs'], null))[0]).toMatch(
    /^Transactions are open in “select 1”, “a tab in another page”\. Their changes are/,
  );
});

it('says that a statement still runs in the transaction, and what becomes of it', async () => {
  expect((await asked(['mine'], 'mine'))[1]).toMatch(/^A statement still runs/);
  expect(await asked(['mine'], 'theirs')).toHaveLength(1);
});
