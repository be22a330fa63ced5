import { describe, expect, it } from 'vitest';
import type { ColumnInfo } from '../../../src/events/catalogue.ts';
import type { Column } from '../../../src/events/result.ts';
import type { SessionView } from '../../../src/events/views/session-view.ts';
import { dialectOf } from '../../../src/ui/dialect.ts';
import { cellsOf, changedCells, editable, keyAndOld, placeOf } from '../../../src/ui/row-edits.ts';

const column = (name: string, from = 'orders'): Column => ({
  name,
  type: 'text',
  numeric: false,
  ...(from ? { origin: { namespace: 'shop', collection: from, column: name } } : {}),
});
const info = (name: string, primaryKey: number | null): ColumnInfo => ({
  name,
  type: 'text',
  nullable: true,
  primaryKey,
  default: null,
  generated: false,
});
const session = (changes: object = {}): SessionView =>
  ({
    readOnly: false,
    server: { flavour: 'Fake', version: '1', capabilities: { mutations: true } },
    ...changes,
  }) as SessionView;
const why = (told: object): string => ('why' in told ? String(told.why) : '');

describe('whether rows can be edited', () => {
  const columns = [column('id'), column('name')];
  const keyed = [info('id', 1), info('name', null)];

  it('is so where all columns are of one table and its key is there', () => {
    expect(editable(session(), columns, keyed)).toMatchObject({
      namespace: 'shop',
      collection: 'orders',
      key: ['id'],
    });
    // An expression beside them changes nothing: it is left out of what was seen.
    expect(editable(session(), [...columns, column('sum', '')], keyed)).toMatchObject({ key: ['id'] });
  });

  it.each<[string, object]>([
    ['not of a table', placeOf([column('one', '')])],
    ['several tables', placeOf([column('id'), column('id', 'items')])],
    ['twice', placeOf([column('id'), column('id')])],
    ['no primary key', editable(session(), columns, [info('id', null), info('name', null)])],
    ['select line too', editable(session(), columns, [info('id', 1), info('line', 2)])],
    ['read-only', editable(session({ readOnly: true }), columns, keyed)],
    [
      'lets no rows be edited',
      editable(session({ server: { flavour: 'Fake', capabilities: { mutations: false } } }), columns, keyed),
    ],
  ])('says why not: %s', (words, told) => expect(why(told)).toContain(words));
});

describe('an edit’s cells', () => {
  const columns = [column('id'), column('sum', ''), column('name')];

  it('name the row by its key, and keep the rest as it was seen', () => {
    const cells = cellsOf(columns, ['1', '3', null]);
    expect(cells).toEqual([
      { column: 'id', value: '1' },
      { column: 'name', value: null },
    ]);
    expect(keyAndOld({ key: ['id'] }, cells)).toEqual({ key: [cells[0]], old: [cells[1]] });
  });

  it('are those that differ, null and empty being two things', () => {
    const seen = [
      { column: 'a', value: null },
      { column: 'b', value: '' },
    ];
    const now = [
      { column: 'a', value: '' },
      { column: 'b', value: '' },
      { column: 'c', value: null },
    ];
    expect(changedCells(seen, now)).toEqual([now[0], now[2]]);
  });
});

it.each([
  ['postgres', 'Odd "name"', 'select * from public."Odd ""name"""'],
  ['mariadb', 'odd`name', 'SELECT * FROM public.`odd``name`'],
  ['mongodb', 'odd name', 'db.getSiblingDB("public").getCollection("odd name").find({})'],
  ['mongodb', 'plain', 'db.getSiblingDB("public").plain.find({})'],
] as const)('opens %s’s %s by %s', (engine, collection, text) => {
  expect(dialectOf(engine).open('public', collection)).toBe(text);
});
