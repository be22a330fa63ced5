import { expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../actors/fakes.ts';
import { FaultyDisk } from '../tape/faulty-disk.ts';
import { newFolder } from '../vault/vault-support.ts';
import { openTexts, statement, succeeded } from './texts-support.ts';

it('writes a statement at once, so that one that waits for its turn outlives a kill, and lets an end linger', async () => {
  const disk = new FaultyDisk();
  const { history } = (await openTexts(newFolder(), { disk })).texts;
  const writes = () => disk.log.filter((operation) => operation === 'write').length;
  const before = writes();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  history.submitted([statement('a', 'select 1')]);
  await eventually(() => writes() === before + 1);
  await history.written();
  history.ended(succeeded('a'));
  await history.written();
  expect(writes()).toBe(before + 2);
});
