import { describe, expect, it } from 'vitest';
import type { Danger } from '../../../../src/events/judgement.ts';
import { piecesOf, placesOf, SHOWN_UNITS_MAX } from '../../../../src/ui/dialogs/danger-marks.ts';

const danger = (position: number, length?: number): Danger => ({
  kind: 'drop',
  position,
  ...(length === undefined ? {} : { length }),
  reason: 'It drops.',
});

describe('a statement’s dangerous places', () => {
  it('marks the word at a place that has no length, and as much as was said at one that has', () => {
    const text = 'drop table a; delete from b';
    expect(placesOf(text, [danger(1, 10), danger(15)])).toEqual([
      { start: 0, end: 10 },
      { start: 14, end: 20 },
    ]);
  });

  it('counts characters, not UTF-16 units', () => {
    const text = "select '☕🫖'; drop table t";
    const at = [...text].join('').indexOf('drop');
    const characters = [...text.slice(0, at)].length + 1;
    expect(placesOf(text, [danger(characters)])).toEqual([{ start: at, end: at + 4 }]);
  });

  it('cuts a statement into pieces that are together the statement, also where dangers overlap', () => {
    const text = 'update t set a = 1 where true';
    const pieces = piecesOf(text, [danger(1, 29), danger(20, 10)]);
    expect(pieces.map((piece) => (piece.kind === 'gap' ? '' : piece.text)).join('')).toBe(text);
    expect(pieces.at(-1)).toEqual({ kind: 'danger', text: 'where true', dangers: [0, 1] });
  });

  it('keeps a place beyond the text within it', () => {
    expect(placesOf('a', [danger(40, 5)])).toEqual([{ start: 1, end: 1 }]);
    expect(piecesOf('a', [danger(40, 5)])).toEqual([{ kind: 'plain', text: 'a' }]);
  });

  it('shows a long statement around its beginning and its dangers, and says what is left out', () => {
    const before = 'select 1;\n'.repeat(10_000);
    const text = `${before}truncate t;${before}`;
    const pieces = piecesOf(text, [danger(before.length + 1)]);
    expect(pieces.map(({ kind }) => kind)).toEqual(['plain', 'gap', 'plain', 'danger', 'plain', 'gap']);
    const shown = pieces.reduce((sum, piece) => sum + (piece.kind === 'gap' ? 0 : piece.text.length), 0);
    const hidden = pieces.reduce((sum, piece) => sum + (piece.kind === 'gap' ? piece.units : 0), 0);
    expect(shown + hidden).toBe(text.length);
    expect(shown).toBeLessThanOrEqual(SHOWN_UNITS_MAX);
  });

  it('stays within its bound where thousands of places are dangerous', () => {
    const text = 'drop table t;'.padEnd(400, ' ').repeat(2000);
    const dangers = Array.from({ length: 2000 }, (_, i) => danger(i * 400 + 1));
    const shown = piecesOf(text, dangers).reduce(
      (sum, piece) => sum + (piece.kind === 'gap' ? 0 : piece.text.length),
      0,
    );
    expect(shown).toBeLessThanOrEqual(SHOWN_UNITS_MAX + 3200);
  });
});
