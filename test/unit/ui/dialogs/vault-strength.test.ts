import { describe, expect, it } from 'vitest';
import { strengthOf } from '../../../../src/ui/dialogs/vault-words.ts';

describe('a passphrase', () => {
  it.each([
    ['', 0],
    ['password123', 1],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 1],
    ['abcabcabcabcabcabcabc', 1],
    ['Tr0ub4dor', 1],
    ['copper tidal raven', 2],
    ['copper tidal raven mosaic lantern', 3],
    ['k9#Vq2!xLw7@Zp', 3],
  ])('%j has strength %i', (passphrase, level) => {
    expect(strengthOf(passphrase).level).toBe(level);
  });
});
