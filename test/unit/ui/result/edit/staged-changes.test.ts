import { describe, expect, it } from 'vitest';
import type { ColumnInfo } from '../../../../../src/events/catalogue.ts';
import type { Column } from '../../../../../src/events/result.ts';
import { changesText, kindsText, savedText } from '../../../../../src/ui/result/edit/edit-words.ts';
import { type Editable, editability, placeOf } from '../../../../../src/ui/result/edit/editable.ts';
import { OLD_UNITS_MAX, rowCommand } from '../../../../../src/ui/result/edit/row-command.ts';
import { StagedChanges } from '../../../../../src/ui/result/edit/staged-changes.ts';

const column = (name: string, origin: Column['origin'] | null = undefined): Column => ({
  name,
  type: 'text',
  numeric: false,
  ...(origin === null ? {} : { origin: origin ?? { namespace: 'shop', collection: 'things', column: name } }),
});
const info = (name: string, changes: Partial<ColumnInfo> = {}): ColumnInfo => ({
  name,
  type: 'text',
  nullable: true,
  primaryKey: null,
  default: null,
  generated: false,
  ...changes,
});
const INFOS = [info('id', { primaryKey: 1 }), info('name'), info('note'), info('twice', { generated: true })];
const COLUMNS = ['id', 'name', 'note', 'twice'].map((name) => column(name));
const SEEN = ['1', 'one', null, '2'];
const PLACE = { sessionId: 's', tabId: 't', manualCommit: false };

function editableOf(columns = COLUMNS, infos = INFOS): Editable {
  const found = editability('postgres', columns, infos);
  if ('why' in found) throw new Error(found.why);
  return found.editable;
}

describe('rows can be edited', () => {
  it('where all of the key is among the columns, whatever they are called', () => {
    const columns = [
      column('nom', { namespace: 'shop', collection: 'things', column: 'name' }),
      column('no', { namespace: 'shop', collection: 'things', column: 'id' }),
    ];
    expect(editableOf(columns)).toMatchObject({ namespace: 'shop', collection: 'things', key: [1] });
  });

  it('in the key’s own order', () => {
    const infos = [info('line', { primaryKey: 2 }), info('order_id', { primaryKey: 1 })];
    expect(editableOf([column('line'), column('order_id')], infos).key).toEqual([1, 0]);
  });

  it('but for cells that the server computes, that are expressions, and for a document’s id', () => {
    const { columns } = editableOf([...COLUMNS, column('more', null)]);
    expect(columns.map(({ lacking }) => lacking !== '')).toEqual([false, false, false, true, true]);
    const found = editability('mongodb', [column('_id'), column('a')], [info('_id', { primaryKey: 1 })]);
    expect('editable' in found && found.editable.columns.map(({ lacking }) => lacking !== '')).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    ['no column is a table’s own', [column('a', null)], INFOS, 'are computed'],
    [
      'they are of several tables',
      [column('id'), column('x', { namespace: 'shop', collection: 'other', column: 'x' })],
      INFOS,
      'several tables',
    ],
    ['a column is there twice', [column('id'), column('id')], INFOS, 'twice'],
    ['there is no key', COLUMNS, [info('id')], 'no primary key'],
    ['a part of the key is missing', [column('name')], INFOS, 'Select id as well'],
  ] as const)('unless %s', (_, columns, infos, said) => {
    const found = editability('postgres', columns, infos);
    expect('why' in found && found.why).toContain(said);
  });

  it('tells no place of columns of nowhere', () => {
    expect(placeOf([])).toHaveProperty('why');
  });
});

describe('staged edits', () => {
  it('are one change a row, in the order in which rows were first touched', () => {
    const edits = new StagedChanges();
    edits.set(5, 1, 'a', SEEN);
    edits.set(2, 1, 'b', SEEN);
    edits.set(5, 2, 'c', SEEN);
    expect(edits.waiting.map(({ row, values }) => [row, ...values.keys()])).toEqual([
      [5, 1, 2],
      [2, 1],
    ]);
  });

  it('vanish where a value is again as it was seen, and tell null from the empty text', () => {
    const edits = new StagedChanges();
    edits.set(0, 2, '', SEEN);
    expect(edits.waiting).toHaveLength(1);
    edits.set(0, 2, null, SEEN);
    expect(edits.waiting).toEqual([]);
  });

  it('end with their row, which can be taken back', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'a', SEEN);
    edits.remove(0, SEEN);
    expect(edits.waiting).toMatchObject([{ kind: 'delete', row: 0 }]);
    expect(edits.look(0)?.mark).toBe('deleted');
    edits.revert(0, 1);
    expect(edits.waiting).toEqual([]);
    expect(edits.look(0)).toBeUndefined();
  });

  it('put inserted rows behind, each in its place, and drop those that are deleted again', () => {
    const edits = new StagedChanges();
    const [a, b] = [edits.insert(), edits.insert(new Map([[1, 'x']]))];
    expect(edits.inserted).toEqual([a, b]);
    edits.remove(a, []);
    expect(edits.inserted).toEqual([b]);
    expect(edits.waiting).toMatchObject([{ kind: 'insert', row: b }]);
  });

  it('are taken back step by step, and done again', () => {
    const edits = new StagedChanges();
    const values = () => edits.waiting.map(({ row, kind }) => `${kind} ${row}`);
    edits.set(0, 1, 'a', SEEN);
    edits.together(() => {
      edits.remove(1, SEEN);
      edits.remove(2, SEEN);
      edits.insert();
    });
    // What changes nothing is no step.
    edits.set(0, 1, 'a', SEEN);
    edits.revert(7, null);
    edits.undo();
    expect(values()).toEqual(['update 0']);
    expect(edits.inserted).toEqual([]);
    edits.redo();
    expect(values()).toEqual(['update 0', 'delete 1', 'delete 2', 'insert -1']);
    edits.undo();
    edits.undo();
    edits.undo();
    expect(values()).toEqual([]);
    edits.redo();
    edits.set(3, 1, 'b', SEEN);
    // What was taken back before another step is gone.
    edits.redo();
    expect(values()).toEqual(['update 0', 'update 3']);
    edits.discard();
    edits.undo();
    expect(values()).toEqual(['update 0', 'update 3']);
  });

  it('can’t be taken back once something is saved, as the server has it', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'a', SEEN);
    edits.set(1, 1, 'b', SEEN);
    edits.mark(0, 'saved');
    edits.mark(1, 'failed');
    edits.undo();
    expect(edits.waiting).toMatchObject([{ row: 1, state: 'failed' }]);
    expect(edits.look(1)).toMatchObject({ mark: null, wrong: true });
    expect(edits.look(0)).toMatchObject({ wrong: false });
  });

  it('show what was sent once it is saved, and go on from there', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'sent', SEEN);
    edits.mark(0, 'saving');
    edits.mark(0, 'saved');
    expect(edits.waiting).toEqual([]);
    expect(edits.look(0)?.cells.get(1)).toEqual({ value: 'sent', mark: 'saved' });
    edits.set(0, 1, 'sent', SEEN);
    expect(edits.waiting).toEqual([]);
    edits.set(0, 1, 'one', SEEN);
    expect(edits.waiting).toHaveLength(1);
  });

  it('show what the server gave back, and send that as what was seen', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'sent', SEEN);
    edits.mark(
      0,
      'saved',
      null,
      new Map([
        [1, 'SENT'],
        [2, 'by trigger'],
      ]),
    );
    expect(edits.look(0)?.cells.get(1)).toEqual({ value: 'SENT', mark: 'saved' });
    expect(edits.look(0)?.cells.get(2)).toEqual({ value: 'by trigger', mark: 'saved' });
    expect(savedText(edits, false)).toBe('Applied.');
    edits.set(0, 1, 'again', SEEN);
    expect(rowCommand(edits.waiting[0]!, editableOf(), PLACE, edits)).toMatchObject({
      old: [
        { column: 'name', value: 'SENT' },
        { column: 'note', value: 'by trigger' },
      ],
    });
  });

  it('show nothing of a change that a trigger took', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'sent', SEEN);
    edits.mark(0, 'saved', null, null, true);
    edits.remove(1, SEEN);
    edits.mark(1, 'saved', null, null, true);
    expect(edits.waiting).toEqual([]);
    expect(edits.look(0)?.cells.size).toBe(0);
    expect(edits.isGone(1)).toBe(false);
  });

  it('stay staged where they failed, with the reason', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'bad', SEEN);
    edits.mark(0, 'failed', { code: '22P02', source: 'server', message: 'no' });
    expect(edits.waiting).toMatchObject([{ state: 'failed', failure: { code: '22P02' } }]);
    expect(edits.look(0)?.cells.get(1)?.mark).toBe('failed');
    edits.set(0, 1, 'good', SEEN);
    expect(edits.waiting).toMatchObject([{ state: 'staged', failure: null }]);
  });

  it('keep a saved row’s place, and know that it is gone', () => {
    const edits = new StagedChanges();
    const ref = edits.insert(new Map([[1, 'x']]));
    edits.mark(ref, 'saved');
    edits.remove(0, SEEN);
    edits.mark(0, 'saved');
    edits.discard();
    expect(edits.inserted).toEqual([ref]);
    expect(edits.isGone(0)).toBe(true);
    edits.remove(0, SEEN);
    expect(edits.waiting).toEqual([]);
  });

  it('are counted in words', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'a', SEEN);
    edits.set(1, 1, 'b', SEEN);
    edits.remove(2, SEEN);
    expect(`${changesText(edits.waiting.length)}: ${kindsText(edits.waiting)}`).toBe(
      '3 changes: 2 rows updated, 1 deleted',
    );
    expect(changesText(1)).toBe('1 change');
    expect(savedText(edits, false)).toBe('');
    edits.mark(0, 'saved');
    expect(savedText(edits, true)).toContain('commit to keep it');
  });
});

describe('the command of a change', () => {
  it('names the row by its key and sends back what was seen, the old values of changed cells too', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'new', SEEN);
    expect(rowCommand(edits.waiting[0]!, editableOf(), PLACE, edits)).toEqual({
      type: 'row.update',
      ...PLACE,
      namespace: 'shop',
      collection: 'things',
      key: [{ column: 'id', value: '1' }],
      old: [
        { column: 'name', value: 'one' },
        { column: 'note', value: null },
      ],
      values: [{ column: 'name', value: 'new' }],
      returning: ['id', 'name', 'note', 'twice'],
    });
  });

  it('says by which settings a value was printed', () => {
    const edits = new StagedChanges();
    edits.set(0, 1, 'new', SEEN);
    const printedBy = ["DateStyle = 'SQL, DMY'"];
    const columns = COLUMNS.map((one, i) => (i === 0 ? { ...one, printedBy } : one));
    expect(rowCommand(edits.waiting[0]!, editableOf(columns), PLACE, edits)).toMatchObject({
      key: [{ column: 'id', value: '1', printedBy }],
      values: [{ column: 'name', value: 'new' }],
    });
  });

  it('leaves values out that are too long to be compared, and what was sent and not read back', () => {
    const edits = new StagedChanges();
    const long = ['1', 'x'.repeat(OLD_UNITS_MAX + 1), 'note', '2'];
    edits.set(0, 2, 'new', long);
    edits.mark(0, 'saved');
    edits.remove(0, long);
    expect(rowCommand(edits.waiting[0]!, editableOf(), PLACE, edits)).toMatchObject({
      type: 'row.delete',
      key: [{ column: 'id', value: '1' }],
      old: [],
    });
  });

  it('names a row by the key that it was given since', () => {
    const edits = new StagedChanges();
    edits.set(0, 0, '7', SEEN);
    edits.mark(0, 'saved');
    edits.set(0, 1, 'new', SEEN);
    expect(rowCommand(edits.waiting[0]!, editableOf(), PLACE, edits)).toMatchObject({
      key: [{ column: 'id', value: '7' }],
    });
  });

  it('leaves to the server what an insert says nothing of', () => {
    const edits = new StagedChanges();
    edits.insert(new Map([[1, null]]));
    expect(rowCommand(edits.waiting[0]!, editableOf(), PLACE, edits)).toMatchObject({
      type: 'row.insert',
      values: [{ column: 'name', value: null }],
    });
  });
});
