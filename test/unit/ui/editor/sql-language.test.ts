import { CompletionContext, type CompletionSource } from '@codemirror/autocomplete';
import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState, type Extension } from '@codemirror/state';
import { expect, it } from 'vitest';
import { type CompletionNames, PART } from '../../../../src/ui/editor/completion-names.ts';
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
  const state = parsed(
    text,
    sqlLanguage('postgres', 'public', async () => NAMES),
  );
  return new CompletionContext(state, text.length, explicit);
}

/** An editor's state that has its whole tree, however busy the machine is: a new state takes what is parsed within 20 ms. */
function parsed(doc: string, extensions: Extension): EditorState {
  const state = EditorState.create({ doc, extensions });
  expect(ensureSyntaxTree(state, doc.length, 60_000)).not.toBe(null);
  // What was parsed since is in the state of the next transaction.
  return state.update({}).state;
}

/** What is offered at the end of a text: `label: what it is`. */
async function offered(text: string): Promise<readonly string[]> {
  const found = await namesSource('postgres', 'public', async () => NAMES)(endOf(text, true));
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

it('offers the columns of what the statement names, once they are learned', async () => {
  const learned: string[] = [];
  const source = namesSource('postgres', 'public', async (text) => {
    learned.push(text);
    return { ...NAMES, sales: { ...sales, columns: ['week'] } };
  });
  const found = await source(endOf('select 1 from orders; select * from sales as s where s.', true));
  expect(learned).toEqual(['select * from sales as s where s.']);
  expect(found?.options.map(({ label, detail }) => `${label}: ${detail}`)).toEqual(['week: column']);
});

const customers = { name: 'customers', kind: 'table', columns: ['id', 'name', 'session'] };
const SHOP: CompletionNames = { 'public.orders': orders, orders, 'public.customers': customers, customers };

/** What is offered in the place of `|` of a text, but for the catalogue's own names. */
async function offeredAt(text: string, engine: 'postgres' | 'mysql' = 'postgres'): Promise<string[]> {
  const pos = text.indexOf('|');
  const doc = text.replace('|', '');
  const state = parsed(
    doc,
    sqlLanguage(engine, 'public', async () => SHOP),
  );
  const context = new CompletionContext(state, pos, true);
  const found = await namesSource(engine, 'public', async () => SHOP)(context);
  const others = ['public', 'orders', 'customers'];
  const options = found?.options.filter(({ label }) => !others.includes(label.replace(/\W/g, ''))) ?? [];
  return options.map(({ label, apply, detail }) => `${apply ?? label}: ${detail}`);
}

it.each([
  ['select | from orders', ['id: column', '"Total": column']],
  ['select * from public.orders where |', ['id: column', '"Total": column']],
  ['select * from ORDERS order by |', ['id: column', '"Total": column']],
  ['update orders set |', ['id: column', '"Total": column']],
  ['insert into orders (|', ['id: column', '"Total": column']],
  ['insert into orders (id, |)', ['id: column', '"Total": column']],
  ['select "|" from orders', ['"id": column', '"Total": column']],
  [
    'select * from orders o join customers c on c.id = |',
    [
      'o: alias',
      'c: alias',
      'id: column of orders, customers',
      '"Total": column of orders',
      'name: column of customers',
      'session: column of customers',
    ],
  ],
  [
    'with recent as (select session, name as who, count(*) from customers) select | from recent',
    [
      'recent: common table expression',
      'session: column of recent, customers',
      'who: column of recent',
      'id: column of customers',
      'name: column of customers',
    ],
  ],
  ['with a (x, y) as materialized (select 1, 2) select r.| from a r', ['x: column', 'y: column']],
  ['with a as (select 1 as x) select * from |', ['a: common table expression']],
  ['with Recent as (select 1) select * from |', ['Recent: common table expression']],
  ['with "My T" as (select 1) select * from |', ['"My T": common table expression']],
  [
    'with Recent as (select id as Number, name as "Who" from orders) select | from Recent',
    [
      'Recent: common table expression',
      'Number: column of Recent',
      '"Who": column of Recent',
      'id: column of orders',
      '"Total": column of orders',
    ],
  ],
  ['select | from customers C', ['C: alias', 'id: column', 'name: column', 'session: column']],
])('offers in %s the columns of what the statement names', async (text, options) => {
  expect(await offeredAt(text)).toEqual(options);
});

it.each([
  'select 1 from orders, |',
  'update |',
  'select 1 from orders; |',
  'delete from orders where id = 1; select |',
])('offers no column in %s', async (text) => {
  expect(await offeredAt(text)).toEqual([]);
});

it('offers columns behind a backtick of MySQL', async () => {
  expect(await offeredAt('select `|` from orders', 'mysql')).toEqual(['`id`: column', '`Total`: column']);
});

it('offers no name in a string or a comment', async () => {
  const names = async (text: string): Promise<number> => {
    const context = endOf(text, true);
    const sources = context.state.languageDataAt<CompletionSource>('autocomplete', text.length);
    const found = await Promise.all(sources.map((source) => source(context)));
    return found.flatMap((one) => one?.options ?? []).length;
  };
  expect(await names('select o')).toBeGreaterThan(0);
  for (const text of ["select 'o", '-- o', '/* o']) expect(await names(text), text).toBe(0);
});

it('inserts a name that needs quotes with them', async () => {
  const found = await namesSource('postgres', 'public', async () => NAMES)(endOf('select orders.', true));
  expect(found?.options.find(({ label }) => label === 'Total')).toMatchObject({ apply: '"Total"' });
});

it.each([
  ['postgres', 'user', '"user"'],
  ['postgres', 'has "quote"', '"has ""quote"""'],
  ['postgres', 'has.dot', '"has.dot"'],
  ['postgres', 'status', 'status'],
  ['mysql', 'rank', '`rank`'],
  ['mysql', 'has `tick`', '`has ``tick```'],
  ['mysql', 'Status', 'Status'],
] as const)('inserts on %s the name %s as it is read back', async (engine, name, inserted) => {
  const one = { name, kind: 'table', columns: [] };
  const learn = async (): Promise<CompletionNames> => ({ [`public.${name}`]: one, [name]: one });
  for (const text of ['select * from ', 'select * from public.']) {
    const found = await namesSource(engine, 'public', learn)(endOf(text, true));
    expect(found?.options.find(({ label }) => label === name)?.apply, text).toBe(inserted);
  }
});

it('requests other names with the next letter where those here are a part', async () => {
  const validFor = async (names: CompletionNames): Promise<boolean> => {
    const context = endOf('select * from o', true);
    const found = (await namesSource('postgres', 'public', async () => names)(context))!;
    return typeof found.validFor === 'function'
      ? found.validFor('or', found.from, context.pos, context.state)
      : found.validFor!.test('or');
  };
  expect(await validFor(NAMES)).toBe(true);
  expect(await validFor({ ...NAMES, [PART]: true })).toBe(false);
});

it('offers keywords, but none behind a dot', async () => {
  const keywords = async (text: string): Promise<readonly string[]> => {
    const found = await keywordsSource('postgres')(endOf(text, false));
    return found?.options.map(({ label }) => label) ?? [];
  };
  expect(await keywords('sel')).toContain('select');
  expect(await keywords('select o.sta')).toEqual([]);
});
