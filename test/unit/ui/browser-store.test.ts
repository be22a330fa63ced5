import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  originStore,
  storedFigure,
  storedFlag,
  storeFlag,
  storeOver,
} from '../../../src/ui/browser-store.ts';
import { storage } from './storage.ts';

const RANGE = { min: 60, max: 900, otherwise: 190 };

/** A browser that lets the page have no storage: the look at it throws. */
function forbidden(): Storage {
  throw new DOMException('denied', 'SecurityError');
}

describe('the store over a browser’s storage', () => {
  it('stores, reads and removes', () => {
    const kept = storage();
    const store = storeOver(() => kept);
    store.set('a', '1');
    expect([store.get('a'), kept.getItem('a'), store.get('b')]).toEqual(['1', '1', null]);
    store.remove('a');
    expect([store.get('a'), kept.kept.size]).toEqual([null, 0]);
  });

  it('has what was set, for this page, where the browser forbids a storage', () => {
    const store = storeOver(forbidden);
    expect(store.get('a')).toBeNull();
    store.set('a', '1');
    expect(store.get('a')).toBe('1');
    store.remove('a');
    expect(store.get('a')).toBeNull();
  });

  it('has the newer value where the storage is full, and what is stored again once there is room', () => {
    const kept = storage();
    let full = false;
    const setItem = (key: string, value: string): void => {
      if (full) throw new DOMException('no room', 'QuotaExceededError');
      kept.setItem(key, value);
    };
    const store = storeOver(() => ({ ...kept, setItem }));
    store.set('a', '1');
    full = true;
    store.set('a', '2');
    expect([store.get('a'), kept.getItem('a')]).toEqual(['2', '1']);
    full = false;
    store.set('a', '3');
    kept.setItem('a', 'from another page');
    expect(store.get('a')).toBe('from another page');
  });
});

describe('a stored setting', () => {
  beforeEach(() => vi.stubGlobal('localStorage', storage()));

  it.each([
    ['270', 270],
    ['60', 60],
    [' 270 ', 270],
    ['270.4', 270],
    ['2.7e2', 270],
    ['59', 60],
    ['-270', 60],
    ['1e300', 900],
    ['9'.repeat(20), 900],
    ['1e400', 190],
    ['Infinity', 190],
    ['NaN', 190],
    ['', 190],
    [' ', 190],
    ['270px', 190],
    ['null', 190],
    ['[270]', 190],
    ['{"px":270}', 190],
    ['\u0000', 190],
    ['9'.repeat(1_000_000), 190],
  ])('of a figure that is %j counts as %d', (text, expected) => {
    originStore.set('querytape.x', text);
    expect(storedFigure('querytape.x', RANGE)).toBe(expected);
  });

  it('of a figure that is absent is the one it has at first', () => {
    expect(storedFigure('querytape.x', RANGE)).toBe(190);
  });

  it.each([
    ['yes', true, true],
    ['1', true, true],
    ['no', false, false],
    ['0', false, false],
    ['YES', true, false],
    ['true', true, false],
    ['', true, false],
    ['ask', true, false],
  ])('of yes or no that is %j counts as %j, or %j where it is off at first', (text, on, off) => {
    originStore.set('querytape.x', text);
    expect([storedFlag('querytape.x', true), storedFlag('querytape.x', false)]).toEqual([on, off]);
  });

  it('of yes or no is read as it was stored', () => {
    for (const flag of [true, false]) {
      storeFlag('querytape.x', flag);
      expect(storedFlag('querytape.x', !flag)).toBe(flag);
    }
  });
});
