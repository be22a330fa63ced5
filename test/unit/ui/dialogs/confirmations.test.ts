import { describe, expect, it, vi } from 'vitest';
import type { Profile } from '../../../../src/events/profile.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import type { QueryText } from '../../../../src/events/wire.ts';
import { isNamed, targetText, timeLeft } from '../../../../src/ui/dialogs/confirmation-text.ts';
import { Confirmations } from '../../../../src/ui/dialogs/confirmations.ts';

describe('a confirmation', () => {
  const profile: Profile = {
    profileId: 'p',
    name: 'shop',
    target: {
      engine: 'postgres',
      host: 'db',
      port: 5432,
      database: 'shop',
      user: 'app',
      tls: { mode: 'disable' },
    },
    environment: 'production',
    readOnly: false,
  };
  const waiting = (queryId: string, submittedAt: number, state = 'confirming') =>
    ({ queryId, submittedAt, state, sessionId: 's' }) as QueryView;
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('counts down in whole seconds and never below zero', () => {
    expect(timeLeft(120_000, 0)).toBe('2:00');
    expect(timeLeft(120_000, 110_100)).toBe('0:10');
    expect(timeLeft(120_000, 500_000)).toBe('0:00');
  });

  it('takes the name to the letter only', () => {
    expect(isNamed('shop', 'shop')).toBe(true);
    for (const near of ['Shop', 'shop ', ' shop', 'sho', '']) expect(isNamed(near, 'shop')).toBe(false);
  });

  it('says where a statement would run', () => {
    expect(targetText(profile.target)).toBe('shop at db:5432 as app');
    expect(targetText({ ...profile.target, host: '/run/pg', user: '', database: '' })).toBe(
      '/run/pg (socket)',
    );
  });

  it('is pending once its words are known, oldest first, and gone with its state', async () => {
    const changed = vi.fn();
    const confirmations = new Confirmations(async (queryId) => ({ queryId }) as QueryText, changed);
    const queries = { b: waiting('b', 2), a: waiting('a', 1), c: waiting('c', 0, 'executing') };
    const look = () => confirmations.look(queries, () => ({ profile, environment: 'production' }));
    expect(look()).toEqual([]);
    await settle();
    expect(changed).toHaveBeenCalledTimes(2);
    expect(look().map(({ queryId, profileName }) => [queryId, profileName])).toEqual([
      ['a', 'shop'],
      ['b', 'shop'],
    ]);
    queries.a = waiting('a', 1, 'refused');
    expect(look().map(({ queryId }) => queryId)).toEqual(['b']);
  });

  it('asks again for texts that were not answered', async () => {
    let calls = 0;
    const learn = async (): Promise<QueryText | null> => {
      if (calls++ === 0) throw new Error('away');
      return null;
    };
    const confirmations = new Confirmations(learn, () => {});
    const look = () =>
      confirmations.look({ a: waiting('a', 1) }, () => ({ profile, environment: 'staging' }));
    look();
    await settle();
    expect(look()).toEqual([]);
    await settle();
    expect(look()).toMatchObject([{ queryId: 'a', words: null, environment: 'staging' }]);
  });
});
