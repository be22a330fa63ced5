import { CompletionContext } from '@codemirror/autocomplete';
import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { expect, it } from 'vitest';
import type { CompletionNames } from '../../../../src/ui/editor/completion-names.ts';
import { keywordsSource, namesSource, sqlLanguage } from '../../../../src/ui/editor/sql-language.ts';

const orders = { name: 'orders', kind: 'table', columns: ['id', 'Total'] };
const sales = { name: 'sales', kind: 'view', columns: [] };
const NAMES: CompletionNames = {
  'public.orders': orders,
  orders,
  'public.sales': sales,
  sales,
  'old.sales': { name: 'sales', kind: 'materialized view', columns: [] },
};

/** The end of a text that is parsed: the editor parses as long as it has time, and goes on later. */
function endOf(text: string, explicit: boolean): CompletionContext {
  const state = EditorState.create({ doc: text, extensions: sqlLanguage('postgres', NAMES, 'public') });
  expect(ensureSyntaxTree(state, text.length, 60_000)).not.toBe(null);
  return new CompletionContext(state, text.length, explicit);
}

/** What is offered at the end of a text: `label: what it is`. */
async function offered(text: string): Promise<readonly string[]> {
  const found = await namesSource('postgres', NAMES, 'public')(endOf(text, true));
  return found?.options.map(({ label, detail }) => `${label}: ${detail}`) ?? [];
}

it('says of each name what it is; of one that several have, all that they are', async () => {
  expect(await offered('select * from o')).toEqual(
    expect.arrayContaining([
      'public: schema',
      'old: schema',
      'orders: table',
      'sales: view, materialized view',
    ]),
  );
  expect(await offered('select orders.')).toEqual(['id: column', 'Total: column']);
  expect(await offered('select 1 from orders as o where o')).toContain('o: alias');
});

it('inserts a name that needs quotes with them', async () => {
  const found = await namesSource('postgres', NAMES, 'public')(endOf('select orders.', true));
  expect(found?.options.find(({ label }) => label === 'Total')).toMatchObject({ apply: '"Total"' });
});

it('offers keywords, but none behind a dot', async () => {
  const keywords = async (text: string): Promise<readonly string[]> => {
    const found = await keywordsSource('postgres')(endOf(text, false));
    return found?.options.map(({ label }) => label) ?? [];
  };
  expect(await keywords('sel')).toContain('select');
  expect(await keywords('select o.sta')).toEqual([]);
});
