import { describe, expect, it } from 'vitest';
import type { Connection, ExecutionEnd } from '../../src/drivers/driver.ts';
import type { Cell, RowChange } from '../../src/events/edit.ts';
import { ask } from './running.ts';

/** The edits of one table of a database that speaks SQL, in its words. */
export interface EditedTable {
  readonly connection: () => Connection;
  readonly place: { readonly namespace: string; readonly collection: string };
  /** Its name in a statement. */
  readonly table: string;
  /** Edits a row as the program does. */
  edit(change: RowChange, manualCommit?: boolean): Promise<ExecutionEnd>;
  /** Runs a statement on another connection. */
  outside(text: string): Promise<unknown[][]>;
  /** A value of char(3) as the server prints it. */
  padded(text: string): string;
  /** The code of a key that is there twice. */
  readonly duplicate: string;
}

/** What an edit of a row keeps of the rows beside it, of other sessions and of the transaction it is in. */
export function editContract({
  connection,
  place,
  table,
  edit,
  outside,
  padded,
  duplicate,
}: EditedTable): void {
  describe('of a row with a neighbour', () => {
    const key: Cell[] = [{ column: 'id', value: '1' }];
    const [a, b] = [padded('a'), padded('b')];
    const old: Cell[] = [
      { column: 'name', value: a },
      { column: 'note', value: null },
    ];
    const values: Cell[] = [{ column: 'name', value: 'b' }];
    const update = { change: 'update', ...place, key, old, values } as const;
    const rows = () => ask(connection(), `SELECT id, name, note FROM ${table} ORDER BY id`);
    const begin = async (): Promise<void> => {
      for (const text of [
        `DROP TABLE IF EXISTS ${table}`,
        `CREATE TABLE ${table} (id int PRIMARY KEY, name char(3), note text)`,
        `INSERT INTO ${table} VALUES (1, 'a', NULL), (2, 'a', NULL)`,
      ])
        await ask(connection(), text);
    };

    it('changes that row alone, and counts it where nothing is new', async () => {
      await begin();
      expect(await edit({ ...update, values: [old[0]!] })).toMatchObject({
        type: 'completed',
        rowsAffected: 1,
      });
      expect(await edit(update)).toMatchObject({ type: 'completed', rowsAffected: 1, transaction: 'none' });
      expect(await rows()).toEqual([
        ['1', b, null],
        ['2', a, null],
      ]);
      expect((await edit({ change: 'delete', ...place, key, old: [] })).type).toBe('completed');
      expect(await rows()).toEqual([['2', a, null]]);
    });

    it.each([
      ['changed', `UPDATE ${table} SET note = '' WHERE id = 1`],
      ['deleted', `DELETE FROM ${table} WHERE id = 1`],
    ])('changes nothing where another session has %s it since', async (_how, text) => {
      await begin();
      await outside(text);
      const before = await rows();
      expect(await edit(update)).toMatchObject({
        type: 'failed',
        failure: { code: 'edit.conflict' },
        transaction: 'none',
      });
      expect(await rows()).toEqual(before);
    });

    it('joins an open transaction, and a failed one leaves the rest of it as it is', async () => {
      await begin();
      await ask(connection(), 'BEGIN');
      await ask(connection(), `INSERT INTO ${table} VALUES (3, 'c', NULL)`);
      expect((await edit(update)).transaction).toBe('open');
      expect(await edit(update)).toMatchObject({ failure: { code: 'edit.conflict' }, transaction: 'open' });
      const wrong = await edit({ change: 'insert', ...place, values: [{ column: 'id', value: '2' }] });
      expect(wrong).toMatchObject({ failure: { code: duplicate }, transaction: 'open', usable: true });
      expect((await rows()).map(([id]) => id)).toEqual(['1', '2', '3']);
      await ask(connection(), 'ROLLBACK');
      expect(await rows()).toEqual([
        ['1', a, null],
        ['2', a, null],
      ]);
    });

    it('begins the transaction where commits are manual', async () => {
      await begin();
      expect((await edit(update, true)).transaction).toBe('open');
      expect(await outside(`SELECT name FROM ${table} WHERE id = 1`)).toEqual([[a]]);
      await ask(connection(), 'ROLLBACK');
    });
  });
}
