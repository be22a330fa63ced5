import { expect, it } from 'vitest';
import { copyRow } from '../../../../src/drivers/postgres/copy.ts';
import { postgresRows } from '../../../../src/events/engines/postgres-rows.ts';

it('keeps a U+FEFF that a value begins with', () => {
  const row = copyRow(Buffer.from('\ufeffname'), false);
  expect(postgresRows.cells(row, 0, [])).toEqual(['\ufeffname']);
});
