import { describe, expect, it } from 'vitest';
import { pastedCells, rememberCopied, tsvRows } from '../../../../../src/ui/result/grid/cell-clipboard.ts';
import { formatted } from '../../../events/formats/formatted.ts';

describe('pasted text', () => {
  it.each([
    ['one', [['one']]],
    [
      'a\tb\nc\td\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['\t\n', [['', '']]],
    ['"two\nlines"\t"a ""quote"""', [['two\nlines', 'a "quote"']]],
    ['"not closed\tb', [['"not closed', 'b']]],
    ['say "x"', [['say "x"']]],
    ['', [['']]],
  ])('%j is read as spreadsheets write it', (text, rows) => {
    expect(tsvRows(text)).toEqual(rows);
  });

  it('is what was copied, letter for letter', () => {
    const columns = ['a', 'b'].map((name) => ({ name, type: 'text', numeric: false }));
    const rows = [
      ['plain', 'tab\there'],
      ['"quoted"', 'line\nline\n'],
      [' ', 'O’Neil 😀'],
    ];
    const text = formatted('tsv', columns, rows, { encoding: 'postgres-datarow' });
    expect(tsvRows(text)).toEqual(rows);
  });

  it('tells no value from the empty text where the page itself copied it', () => {
    rememberCopied('\tx\n', [[null, 'x']]);
    expect(pastedCells('\tx\r\n')).toEqual([[null, 'x']]);
    expect(pastedCells('\ty\n')).toEqual([['', 'y']]);
    rememberCopied('two\nlines', [['two\nlines']]);
    expect(pastedCells('two\nlines')).toEqual([['two\nlines']]);
  });
});
