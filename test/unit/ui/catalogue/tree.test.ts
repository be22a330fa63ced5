import { describe, expect, it } from 'vitest';
import { lineOfName } from '../../../../src/ui/catalogue/node-line.ts';
import { keyTarget } from '../../../../src/ui/catalogue/tree-keys.ts';
import {
  bytesText,
  estimate,
  type KnownCatalogue,
  treeNodes,
} from '../../../../src/ui/catalogue/tree-node.ts';
import { linesDrawn, linesSeen } from '../../../../src/ui/catalogue/tree-window.ts';

describe('the tree', () => {
  const LINES = [
    { id: 'p', level: 1, name: 'Demo', expanded: true },
    { id: 'p n', level: 2, name: 'public', expanded: true },
    { id: 'p n a', level: 3, name: 'apples', expanded: false },
    { id: 'p n b', level: 3, name: 'pears', expanded: null },
  ];
  const to = (key: string, at: number) =>
    keyTarget({ key, ctrlKey: false, metaKey: false, altKey: false }, LINES, at)?.id;

  it('shows of a name what tells it from another one: spaces at its ends, lines, tabs', () => {
    expect(lineOfName(' lead  ')).toBe('·lead··');
    expect(lineOfName('new\nline')).toBe('new↵line');
    expect(lineOfName('a\tb c')).toBe('a→b c');
    expect(lineOfName('a\u202eb')).toBe('a\\u202Eb');
  });

  it('is walked by keys, whatever of it is drawn', () => {
    expect(to('ArrowDown', 1)).toBe('p n a');
    expect(to('ArrowUp', 0)).toBeUndefined();
    expect(to('End', 0)).toBe('p n b');
    expect(to('PageDown', 0)).toBe('p n b');
    expect(to('ArrowLeft', 3)).toBe('p n');
    expect(to('ArrowRight', 1)).toBe('p n a');
    expect(to('ArrowRight', 2)).toBeUndefined();
    expect(to('p', 1)).toBe('p n b');
    expect(to('p', 3)).toBe('p n');
  });

  it('draws the lines in view and a few around them, of twenty thousand', () => {
    expect(linesSeen({ top: 0, height: 520 }, 100, 20_000)).toEqual({ from: 0, to: 29 });
    const deep = linesSeen({ top: 260_100, height: 520 }, 100, 20_000, 0);
    expect(deep).toEqual({ from: 10_000, to: 10_020 });
    expect(linesSeen({ top: 0, height: 500 }, 9000, 50)).toEqual({ from: 0, to: 0 });
  });

  it('draws the line with the focus wherever it is, once', () => {
    expect(linesDrawn({ from: 3, to: 6 }, -1)).toEqual([3, 4, 5]);
    expect(linesDrawn({ from: 3, to: 6 }, 5)).toEqual([3, 4, 5]);
    expect(linesDrawn({ from: 3, to: 6 }, 900)).toEqual([3, 4, 5, 900]);
  });

  it('counts the collections of a namespace only where the engine does', () => {
    const items = [
      { name: 'public', collections: 6 },
      { name: 'shop', collections: null },
    ];
    const namespaces = { items, more: false, loading: false, error: null };
    const catalogue = {
      searched: '',
      namespaces,
      words: {},
      isOpen: () => false,
    } as unknown as KnownCatalogue;
    expect(treeNodes(catalogue).map(({ name, detail }) => [name, detail])).toEqual([
      ['public', '6'],
      ['shop', ''],
    ]);
  });

  it('says sizes as disks are counted', () => {
    expect([0, 999, 8192, 12_345_678, 3e12].map(bytesText)).toEqual([
      '0 B',
      '999 B',
      '8.2 kB',
      '12 MB',
      '3.0 TB',
    ]);
  });

  it('never shows an estimate to the digit', () => {
    expect([0, 999, 1234, 84_321, 11_900_000].map(estimate)).toEqual([
      '~0',
      '~999',
      '~1.2 k',
      '~84 k',
      '~11.9 M',
    ]);
    expect(estimate(null)).toBe('');
  });
});
