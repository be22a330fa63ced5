import { EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { faultField, setFault } from '../../../../src/ui/editor/editor-marks.ts';

/** What is underlined where the server points at `pointed` in a text. */
function underlined(text: string, pointed: string): string {
  const state = EditorState.create({ doc: text, extensions: faultField });
  const { state: marked } = state.update({ effects: setFault.of(text.indexOf(pointed)) });
  let found = '';
  marked.field(faultField).between(0, text.length, (from, to) => {
    found = text.slice(from, to);
  });
  return found;
}

describe('the place that the server pointed at', () => {
  it.each([
    ['select nowhere, 1', 'nowhere', 'nowhere'],
    ['select * from shop.nowhere', 'shop', 'shop.nowhere'],
    ['select * from "no ""such"" table" where x', '"no', '"no ""such"" table"'],
    ['select * from `a b`.c', '`a', '`a b`.c'],
    ['select * from größe', 'größe', 'größe'],
    ['select * from "never closed', '"never', '"'],
    ['select 1 + + ', '+', '+'],
  ])('is underlined as a whole in %s', (text, pointed, whole) =>
    expect(underlined(text, pointed)).toBe(whole),
  );
});
