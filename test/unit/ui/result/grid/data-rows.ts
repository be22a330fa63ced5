import type { WindowFrame } from '../../../../../src/events/window-frame.ts';

/** Rows as PostgreSQL's DataRow messages. */
export function dataRows(rows: readonly (readonly (string | null)[])[]): Uint8Array {
  return Buffer.concat(
    rows.map((values) => {
      const cells = values.map((value) => {
        const text = Buffer.from(value ?? '');
        const length = Buffer.alloc(4);
        length.writeInt32BE(value === null ? -1 : text.length);
        return Buffer.concat([length, text]);
      });
      const body = Buffer.concat(cells);
      const head = Buffer.alloc(7);
      head.write('D');
      head.writeInt32BE(body.length + 6, 1);
      head.writeInt16BE(values.length, 5);
      return Buffer.concat([head, body]);
    }),
  );
}

/** A window of rows that each hold their own number, padded. */
export function numberedWindow(from: number, count: number, rowsHere = 1_000_000, padTo = 0): WindowFrame {
  const rows = dataRows(Array.from({ length: count }, (_, at) => [String(from + at).padEnd(padTo, '.')]));
  return {
    encoding: 'postgres-datarow',
    complete: true,
    cut: false,
    columns: 1,
    from,
    count,
    rowsHere,
    rows,
  };
}
