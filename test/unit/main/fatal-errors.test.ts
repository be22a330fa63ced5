import { describe, expect, it } from 'vitest';
import { whereOf } from '../../../src/main/fatal-errors.ts';
import { canary, found } from '../../canary.ts';

describe('of an uncaught error', () => {
  const word = canary();

  it('it is reported what kind it is and where it was raised', () => {
    const lines = whereOf(Object.assign(new TypeError('x'), { code: 'ERR_SOMETHING' })).split('\n');
    expect(lines[0]).toBe('TypeError ERR_SOMETHING');
    expect(lines[1]).toMatch(/fatal-errors\.test\.ts:\d+:\d+/);
  });

  it.each<[string, unknown]>([
    ['message', new Error(word)],
    ['message of several lines', new Error(`a\n    at ${word} (file:///x.js:1:2)\n    at ${word}:1:2`)],
    ['fields', Object.assign(new Error('x'), { detail: word, code: `a ${word}`, cause: new Error(word) })],
    ['name', Object.assign(new Error('x'), { name: `${word} ${word}` })],
    ['place of a value', word],
    ['object', { [word]: word }],
    ['stack', Object.assign(new Error('x'), { stack: `Error: ${word}\n    at ${word}` })],
  ])('is not told its %s', (_what, error) => {
    expect(found(whereOf(error), [word])).toEqual([]);
  });
});
