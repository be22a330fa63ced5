import { expect, it } from 'vitest';
import type { CommandAnswer } from '../../../../src/events/command.ts';
import type { State } from '../../../../src/events/views/state.ts';
import { emptyState } from '../../../../src/events/views/state.ts';
import { CloseGuard } from '../../../../src/ui/app/close-guard.ts';

const REFUSED: CommandAnswer = { refused: { code: 'transaction.open', message: '' } };
const CLOSED: CommandAnswer = { accepted: true, commandId: 'c' };

/** What the user is asked who closes a session, and gives each question its last answer, which is the harmless one, or its first. */
async function close(
  inTransaction: readonly string[],
  running: readonly (string | null)[],
  given: 'first' | 'last' = 'last',
): Promise<{ asked: (readonly string[])[]; sent: object[]; isClosed: boolean }> {
  const connections = inTransaction.map((tabId) => [
    tabId,
    { sessionId: 's', state: 'open', transaction: 'open', tabId },
  ]);
  const queries = running.map((tabId, i) => [i, { sessionId: 's', tabId, outcome: null }]);
  const ended = [
    ['elsewhere', { sessionId: 'other', tabId: 'another', outcome: null }],
    ['ended', { sessionId: 's', tabId: 'mine', outcome: 'succeeded' }],
  ];
  const state = {
    ...emptyState(),
    connections: Object.fromEntries(connections),
    queries: Object.fromEntries([...queries, ...ended]),
  } as unknown as State;
  const asked: (readonly string[])[] = [];
  const sent: object[] = [];
  const guard = new CloseGuard({
    client: { state, ended: async () => undefined, query: async () => Promise.reject(new Error()) } as never,
    send: async (command) => {
      sent.push(command);
      return inTransaction.length > 0 && !('rollback' in command) ? REFUSED : CLOSED;
    },
    ask: async ({ lines, choices }) => {
      asked.push(lines);
      return choices.at(given === 'first' ? 0 : -1)!.answer;
    },
    say: () => {},
    nameOf: (tabId) => (tabId === 'mine' ? '“select 1”' : 'a tab in another page'),
  });
  const isClosed = await guard.session('s', 'Demo');
  return { asked, sent, isClosed };
}

/** What is asked about a transaction in each of the tabs, which stays open. */
async function asked(tabs: readonly string[], running: string | null): Promise<readonly string[]> {
  const { asked, isClosed } = await close(tabs, running === null ? [] : [running]);
  expect(isClosed).toBe(false);
  return asked.at(-1)!;
}

it('names the tab whose transaction is open, also where another page has it', async () => {
  expect(await asked(['theirs'], null)).toEqual([
    'A transaction is open in a tab in another page. Its changes are kept only if you commit.',
  ]);
  expect((await asked(['mine', 'theirs'], null))[0]).toMatch(
    /^Transactions are open in “select 1”, a tab in another page\. Their changes are/,
  );
});

it('says that a statement in the transaction has not ended, and what becomes of it', async () => {
  expect((await asked(['mine'], 'mine'))[1]).toMatch(/^A statement has not ended/);
  expect(await asked(['mine'], null)).toHaveLength(1);
});

it('asks before statements are cancelled that run in tabs, also in those of another page', async () => {
  const { asked, sent, isClosed } = await close([], ['theirs', null]);
  expect(asked).toEqual([
    ['A statement has not ended in a tab in another page. Closing the connection cancels it.'],
  ]);
  expect({ sent, isClosed }).toEqual({ sent: [], isClosed: false });
  const several = await close([], ['theirs', 'mine', 'mine'], 'first');
  expect(several.asked).toEqual([
    ['Statements have not ended in a tab in another page, “select 1”. Closing the connection cancels them.'],
  ]);
  expect(several).toMatchObject({ sent: [{ type: 'session.close', sessionId: 's' }], isClosed: true });
});

it('asks nothing where only the catalogue is read, and asks once about a statement in a transaction', async () => {
  expect((await close([], [null])).asked).toEqual([]);
  expect((await close(['mine'], ['mine'], 'first')).asked).toHaveLength(1);
  const both = await close(['mine'], ['mine', 'theirs'], 'first');
  expect(both.asked.map(([line]) => line)).toEqual([
    expect.stringMatching(/^A statement has not ended in a tab in another page/),
    expect.stringMatching(/^A transaction is open in “select 1”/),
  ]);
  expect(both.isClosed).toBe(true);
});
