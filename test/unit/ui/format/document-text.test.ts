import { describe, expect, it } from 'vitest';
import { documentShown, shownText } from '../../../../src/ui/format/display-text.ts';
import { formatted } from '../../events/formats/formatted.ts';

describe('a document’s cell', () => {
  it('tells a field that is not there from null and from the empty text', () => {
    expect(documentShown(null)).toMatchObject({ look: 'missing' });
    expect(documentShown('null')).toMatchObject({ look: 'none' });
    expect(documentShown('""')).toBe('');
  });

  it('stands as a figure where its value is one, whatever the others are', () => {
    expect(documentShown('{"$numberDecimal":"8.00"}')).toMatchObject({ look: 'figure' });
    expect(documentShown('"8.00"')).toBe('8.00');
  });

  it('that is long is cut and not read', () => {
    const long = `"${'x'.repeat(30_000)}"`;
    expect(shownText(documentShown(long))).toHaveLength(301);
  });

  it('is copied as Extended JSON in JSON, without the fields that are not there', () => {
    const columns = ['a', 'b'].map((name) => ({ name, type: '', numeric: false }));
    const rows = [['{"$numberInt":"1"}', null]];
    const options = { encoding: 'ejson' } as const;
    expect(JSON.parse(formatted('json', columns, rows, options))).toEqual([{ a: 1 }]);
    const canonical = { ...options, ejson: 'canonical' } as const;
    expect(JSON.parse(formatted('json', columns, rows, canonical))).toEqual([{ a: { $numberInt: '1' } }]);
    expect(formatted('csv', columns, rows, options)).toBe('a,b\r\n1,\r\n');
  });
});
