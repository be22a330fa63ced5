import { describe, expect, it } from 'vitest';
import type { ColumnInfo } from '../../../../../src/events/catalogue.ts';
import type { CommandAnswer, RowCommand } from '../../../../../src/events/command.ts';
import type { QueryView } from '../../../../../src/events/views/query-view.ts';
import { editability } from '../../../../../src/ui/result/edit/editable.ts';
import { ResultEdits } from '../../../../../src/ui/result/edit/result-edits.ts';
import type { CellEdit } from '../../../../../src/ui/result/grid/grid-editing.ts';

const PLACE = { sessionId: 's', tabId: 't', manualCommit: true };
const SEEN = ['1', 'one'];

const info = (name: string, changes: Partial<ColumnInfo> = {}): ColumnInfo => ({
  name,
  type: 'text',
  nullable: true,
  primaryKey: null,
  default: null,
  generated: false,
  ...changes,
});

/** An editing of three rows whose server ends each edit as `outcomes` say, in order. */
function editing(
  outcomes: readonly (QueryView['outcome'] | 'refused!' | 'link!')[],
  engine: 'postgres' | 'mongodb' = 'postgres',
) {
  const sent: RowCommand[] = [];
  const left = [...outcomes];
  const link = {
    async command(command: RowCommand): Promise<CommandAnswer> {
      sent.push(command);
      const next = left[0];
      if (next === 'refused!') return { refused: { code: 'edit.generated', message: 'no' } };
      if (next === 'link!') return { refused: { code: 'link.lost', message: 'no answer' } };
      if (command.preview)
        return { accepted: true, commandId: 'c', preview: { text: 'UPDATE', params: ['1'] } };
      return { accepted: true, commandId: 'c', queryIds: [`q${sent.length}`] };
    },
    async ended(queryId: string): Promise<QueryView | undefined> {
      const outcome = left.shift();
      return outcome === undefined
        ? undefined
        : ({ queryId, outcome, refusedCode: null, failure: null } as QueryView);
    },
    words: async () => null,
  };
  const names = engine === 'mongodb' ? ['_id', 'name'] : ['id', 'name'];
  const columns = names.map((name) => ({
    name,
    type: 'text',
    numeric: false,
    origin: { namespace: 'n', collection: 'c', column: name },
  }));
  const infos = [
    info(names[0]!, { primaryKey: 1, default: 'nextval()' }),
    info('name', { nullable: engine === 'mongodb' }),
  ];
  const made = new ResultEdits(link, () => {});
  const found = editability(engine, columns, infos);
  made.editable = 'editable' in found ? found.editable : null;
  made.rowsHere = 3;
  return { made, sent };
}

describe('saving', () => {
  it('sends one change after the other, and stops at the first that is not saved', async () => {
    const { made, sent } = editing(['succeeded', 'failed', 'succeeded']);
    for (const row of [0, 1, 2]) made.stage(row, 1, `new ${row}`, [String(row), 'old']);
    await made.save(PLACE);
    expect(sent.map((command) => 'values' in command && command.values[0]?.value)).toEqual([
      'new 0',
      'new 1',
    ]);
    expect(sent[0]).toMatchObject({ manualCommit: true });
    expect(made.edits.waiting.map(({ row, state }) => [row, state])).toEqual([
      [1, 'failed'],
      [2, 'staged'],
    ]);
    expect(made.look(0)?.cells.get(1)).toEqual({ value: 'new 0', mark: 'saved' });
  });

  it.each([
    ['refused!', 'failed', 'edit.generated'],
    ['link!', 'unknown', 'link.lost'],
    ['lost.mayHaveCompleted', 'unknown', 'lost.mayHaveCompleted'],
    ['cancelled', 'failed', 'cancelled'],
  ] as const)('says of %s that it is %s', async (outcome, state, code) => {
    const { made } = editing([outcome]);
    made.stage(0, 1, 'new', SEEN);
    await made.save(PLACE);
    expect(made.edits.waiting).toMatchObject([{ state, failure: { code } }]);
  });

  it('reports an edit’s outcome as unknown when its end was not received', async () => {
    const { made } = editing([]);
    made.stage(0, 1, 'new', SEEN);
    await made.save(PLACE);
    expect(made.edits.waiting).toMatchObject([{ state: 'unknown' }]);
  });

  it('sends nothing once there is a reason against it, and says that', async () => {
    const { made, sent } = editing([]);
    made.stage(0, 1, 'new', SEEN);
    made.editable = null;
    made.why = 'Read only: the connection is not open.';
    await made.save(PLACE);
    expect(sent).toEqual([]);
    expect(made).toMatchObject({ said: made.why, saving: false });
    expect(made.edits.waiting).toMatchObject([{ state: 'staged' }]);
  });

  it('changes nothing by a preview', async () => {
    const { made, sent } = editing([]);
    made.stage(0, 1, 'new', SEEN);
    expect(await made.preview(PLACE)).toMatchObject([{ text: 'UPDATE', params: ['1'] }]);
    expect(sent).toMatchObject([{ preview: true }]);
    expect(made.edits.waiting).toMatchObject([{ state: 'staged' }]);
  });
});

describe('a cell', () => {
  it('is not edited where its row can’t be named, is gone or was inserted and saved', async () => {
    const { made } = editing(['succeeded', 'succeeded']);
    expect(made.begin(0, 1, [null, 'x'])).toHaveProperty('why');
    made.remove(0, SEEN);
    expect(made.begin(0, 1, SEEN)).toHaveProperty('why');
    made.insert();
    await made.save(PLACE);
    expect(made.begin(0, 1, SEEN)).toMatchObject({ why: 'The row is deleted.' });
    expect(made.begin(3, 1, [])).toHaveProperty('why');
  });

  it('must hold a value where the catalogue says so', () => {
    const edit = editing([]).made.begin(0, 1, SEEN);
    expect(edit).toMatchObject({ isNull: false, nullWord: 'NULL', nullLacking: 'name is NOT NULL.' });
  });

  it('with characters that a text field would lose is left alone', () => {
    expect(editing([]).made.begin(0, 1, ['1', 'a\r\nb'])).toHaveProperty('why');
  });

  it('is JSON where its column is, and of the values that there are where they are few', () => {
    const { made } = editing([]);
    const begin = (type: string) => {
      const columns = made.editable!.columns.map((column) => ({ ...column, info: info('name', { type }) }));
      made.editable = { ...made.editable!, columns };
      return made.begin(0, 1, SEEN) as CellEdit;
    };
    expect(begin('jsonb').read('{"n": 12345678901234567890.10}')).toEqual({
      value: '{"n": 12345678901234567890.10}',
    });
    expect(begin('json').read('{n: 1}')).toMatchObject({ why: expect.stringContaining('Not valid JSON') });
    expect(begin('text').read('{n: 1}')).toEqual({ value: '{n: 1}' });
    expect(begin('boolean').choices).toEqual(['t', 'f']);
  });

  it('of a document keeps its type', () => {
    const { made } = editing([], 'mongodb');
    const edit = made.begin(0, 1, ['{"$oid":"65f000000000000000000001"}', '{"$numberInt":"5"}']);
    if ('why' in edit) throw new Error(edit.why);
    expect(edit.text).toBe('5');
    expect(edit.read('7')).toEqual({ value: '{"$numberInt":"7"}' });
    expect(edit.read('seven')).toHaveProperty('why');
    expect(made.begin(0, 0, ['"a"', '"b"'])).toHaveProperty('why');
  });

  it('of an inserted document may be its id', () => {
    const { made } = editing([], 'mongodb');
    made.insert();
    expect(made.begin(3, 0, [])).toMatchObject({ isNull: true, nullWord: 'no field' });
  });
});

describe('a duplicate', () => {
  it('has the values but for the key that the server gives', () => {
    const { made } = editing([]);
    made.duplicate(0, SEEN);
    expect(made.edits.waiting).toMatchObject([{ kind: 'insert', values: new Map([[1, 'one']]) }]);
  });
});
