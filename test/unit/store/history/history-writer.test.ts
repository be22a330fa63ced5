import { expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../actors/fakes.ts';
import { FaultyDisk } from '../tape/faulty-disk.ts';
import { newFolder } from '../vault/vault-support.ts';
import { openTexts, statement } from './texts-support.ts';

it('writes a statement at once, so that one that waits for its turn outlives a kill', async () => {
  const disk = new FaultyDisk();
  const { history } = (await openTexts(newFolder(), { disk })).texts;
  const writes = () => disk.log.filter((operation) => operation === 'write').length;
  const before = writes();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  history.submitted([statement('a', 'select 1')]);
  await eventually(() => writes() > before);
  expect(writes()).toBe(before + 1);
});
