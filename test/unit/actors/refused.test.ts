import { describe, expect, it } from 'vitest';
import { Refused, refusedFor } from '../../../src/actors/refused.ts';

const failed = (more: object): Error => Object.assign(new Error('Not now.'), more);

describe('an error as a refusal', () => {
  it('has what the error has beside its code, and nothing else', () => {
    const errors = [{ field: 'name', code: 'name.empty', message: 'A name is needed.' }];
    const refused = refusedFor(failed({ code: 'vault.tooSoon', errors, retryAfterMs: 12.1 }));
    expect(refused).toMatchObject({ code: 'vault.tooSoon', message: 'Not now.' });
    expect((refused as Refused).details).toStrictEqual({ errors, retryAfterMs: 13 });
    expect((refusedFor(failed({ code: 'vault.locked', errors: [] })) as Refused).details).toStrictEqual({});
  });

  it('is the error itself where that is a refusal, or has no code of ours', () => {
    for (const error of [
      new Refused('vault.locked', 'x'),
      failed({}),
      failed({ code: 7 }),
      failed({ code: 'a b' }),
    ])
      expect(refusedFor(error)).toBe(error);
  });
});
