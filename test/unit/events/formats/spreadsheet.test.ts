import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadsheetText } from '../../../../src/events/formats/spreadsheet.ts';
import type { Column } from '../../../../src/events/result.ts';
import { formatted } from './formatted.ts';

const text = (name: string): Column => ({ name, type: 'text', numeric: false });
const number = (name: string): Column => ({ name, type: 'numeric', numeric: true });
const POSTGRES = { encoding: 'postgres-datarow', spreadsheet: true } as const;
/** What a spreadsheet of any locale might see as the beginning of a cell that is a formula. */
const FORMULA = /(?:^|[,;|\t\r\n])["\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u;

describe('text for a spreadsheet', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+49 30 1234', "'+49 30 1234"],
    ['-5', "'-5"],
    ['@SUM(1)', "'@SUM(1)"],
    ['\t=1', "'\t'=1"],
    ['\rx', "'\rx"],
    ["  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"],
    ['\u200b=1', "'\u200b=1"],
    ['"=1"', '\'"=1"'],
    ['＝1+1', "'＝1+1"],
    ['＠x', "'＠x"],
    ['a;=1', "a;'=1"],
    ['a,"=1"', 'a,\'"=1"'],
    ['a\n-1', "a\n'-1"],
    ['a - b = c, d@e', 'a - b = c, d@e'],
    ['', ''],
    ["'=1", "'=1"],
  ])('a hostile server: no spreadsheet takes %j for a formula', (value, written) => {
    expect(spreadsheetText(value)).toBe(written);
  });

  it('a hostile server: no text begins a formula, at its start or behind a separator', () => {
    const parts = fc.constantFrom(
      '=',
      '+',
      '-',
      '@',
      '＝',
      ' ',
      '"',
      ',',
      ';',
      '|',
      '\t',
      '\r',
      '\n',
      'a',
      '1',
      '\u200b',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (list) => {
        const value = list.join('');
        const written = spreadsheetText(value);
        expect(written).not.toMatch(FORMULA);
        expect(written).not.toMatch(/^[\t\r\n]/);
        expect(written.replaceAll("'", '')).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('a hostile server: a long run of separators takes time in proportion to its length', () => {
    const value = '\t'.repeat(2_000_000);
    expect(spreadsheetText(`${value}=`)).toHaveLength(value.length + 3);
  });
});

describe('CSV and TSV for a spreadsheet', () => {
  it('a hostile server: names and cells are no formulas, and numbers of numeric columns stay numbers', () => {
    const rows = [
      ['=1+1', '-5', null],
      ['a,b', '=1', '-1.5e3'],
    ];
    const columns = [text('=HYPERLINK()'), number('n'), number('m')];
    expect(formatted('csv', columns, rows, POSTGRES)).toBe(
      "'=HYPERLINK(),n,m\r\n'=1+1,-5,\r\n\"a,b\",'=1,-1.5e3\r\n",
    );
    expect(formatted('tsv', columns, rows, POSTGRES)).toBe("'=1+1\t-5\t\na,b\t'=1\t-1.5e3");
    expect(formatted('csv', columns, rows, { encoding: 'postgres-datarow' })).toContain('\n=1+1,-5,\r\n');
  });

  it('a hostile server: a document’s text is no formula, and its numbers stay numbers', () => {
    const rows = [['"-5"', '{"$numberInt":"-5"}', '"=1"']];
    const columns = [text('a'), text('b'), text('c')];
    expect(formatted('csv', columns, rows, { encoding: 'ejson', spreadsheet: true })).toBe(
      "a,b,c\r\n'-5,-5,'=1\r\n",
    );
  });

  it('a hostile server: no value becomes a link or an image in Markdown', () => {
    const rows = [['![x](https://example.com/beacon)', '<img src=x>']];
    expect(formatted('markdown', [text('a'), text('b')], rows, { encoding: 'postgres-datarow' })).toContain(
      '| ![x]\\(https://example.com/beacon) | &lt;img src=x> |',
    );
  });
});
