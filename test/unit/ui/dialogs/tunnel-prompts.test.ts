import { expect, it, vi } from 'vitest';
import type { Prompt } from '../../../../src/events/prompt.ts';
import type { TunnelView } from '../../../../src/events/views/tunnel-view.ts';
import { type TunnelPrompt, TunnelPrompts } from '../../../../src/ui/dialogs/tunnel-prompts.ts';

const tunnel = (tunnelId: string, promptId: string | null, sessionId: string | null = 's'): TunnelView =>
  ({ tunnelId, sessionId, promptId, hops: 2 }) as TunnelView;

const prompt = (promptId: string, openedAt: number): Prompt => ({
  promptId,
  kind: 'passphrase',
  ownerId: 't',
  sessionId: 's',
  tabId: null,
  challenge: `challenge-${promptId}`,
  openedAt,
  expiresAt: openedAt + 1000,
  question: { type: 'passphrase', hop: 1, keyFile: '/k' },
});

it('shows the open questions of tunnels, oldest first, each read once, and none that has ended', async () => {
  const read = vi.fn(async () => [prompt('b', 1), prompt('a', 2)]);
  let shown: readonly TunnelPrompt[] = [];
  let views: Record<string, TunnelView> = {
    one: tunnel('one', 'a'),
    two: tunnel('two', 'b', null),
    x: tunnel('x', null),
  };
  const prompts = new TunnelPrompts(read, () => look());
  const look = () => {
    shown = prompts.look(views, (sessionId) => `shop of ${sessionId}`);
  };
  look();
  expect(shown).toEqual([]);
  await expect.poll(() => shown).toHaveLength(2);
  expect(shown).toMatchObject([
    { promptId: 'b', challenge: 'challenge-b', profileName: null, hops: 2 },
    { promptId: 'a', challenge: 'challenge-a', profileName: 'shop of s' },
  ]);
  look();
  expect(read).toHaveBeenCalledTimes(1);
  views = { one: tunnel('one', 'a'), two: tunnel('two', null, null) };
  look();
  expect(shown.map(({ promptId }) => promptId)).toEqual(['a']);
});

it('reads again with the next change where it could not, and shows nothing that the program does not know', async () => {
  const read = vi
    .fn<() => Promise<readonly Prompt[]>>()
    .mockRejectedValueOnce(new Error('away'))
    .mockResolvedValue([]);
  const changed = vi.fn();
  const prompts = new TunnelPrompts(read, changed);
  const look = () => prompts.look({ one: tunnel('one', 'a') }, () => null);
  look();
  await expect.poll(() => read).toHaveBeenCalledTimes(1);
  await Promise.resolve();
  expect(changed).not.toHaveBeenCalled();
  await vi.waitFor(() => {
    expect(look()).toEqual([]);
    expect(changed).toHaveBeenCalledTimes(1);
  });
  look();
  expect(read).toHaveBeenCalledTimes(2);
});
