import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command, CommandAnswer } from '../../../../src/events/command.ts';
import type { Draft } from '../../../../src/events/draft.ts';
import { DRAFT_UNITS_MAX } from '../../../../src/events/limits.ts';
import { NO_CONFIG } from '../../../../src/ui/api/config.ts';
import { DraftSync } from '../../../../src/ui/api/draft-sync.ts';
import { storage, storeOf } from '../storage.ts';

type DraftCommand = Extract<Command, { type: `draft.${string}` }>;

/** The program as the page sees it: keeps drafts while it answers. */
function program(kept: Draft[] = []) {
  const drafts = new Map(kept.map((draft) => [draft.tabId, draft]));
  const world = {
    app: {
      version: '0',
      runId: 'r',
      processId: 1,
      unsavedProfiles: false,
      startedAt: 0,
      otlp: [],
      demoProblem: null,
    },
    config: NO_CONFIG,
    link: 'open' as 'open' | 'lost',
    refuse: null as null | { code: string; message: string },
    sent: [] as string[],
    /** While set, commands wait for it. */
    hold: Promise.resolve(),
    take(command: DraftCommand): void {
      world.sent.push(`${command.type} ${command.type === 'draft.save' ? command.text : command.tabId}`);
      if (command.type === 'draft.delete') drafts.delete(command.tabId);
      else drafts.set(command.tabId, { ...command, savedAt: world.sent.length });
    },
    async command(command: Command): Promise<CommandAnswer> {
      const { hold } = world;
      await hold;
      if (world.refuse) return { refused: world.refuse };
      world.take(command as DraftCommand);
      return { accepted: true, commandId: 'c' };
    },
    commandAtLast: (command: Command) => world.take(command as DraftCommand),
    drafts: async () => {
      if (world.refuse) throw new Error('no');
      return { drafts: [...drafts.values()], problems: [] };
    },
    /** Tabs that another page has. */
    elsewhere: new Set<string>(),
    claimTabs: async (tabIds: readonly string[]) => tabIds.filter((id) => !world.elsewhere.has(id)),
    texts: () => [...drafts.values()].map(({ text }) => text),
  };
  return world;
}

const draft = (tabId: string, text: string, savedAt: number): Draft => ({
  tabId,
  profileId: 'p',
  text,
  savedAt,
});

async function page(world: ReturnType<typeof program>, kept = storage()) {
  const drafts = new DraftSync(world, () => undefined, storeOf(kept));
  drafts.look();
  await vi.advanceTimersByTimeAsync(0);
  return drafts;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the drafts of a page', () => {
  it('are kept soon after the first keystroke, however fast the others come', async () => {
    const world = program();
    const { tabs } = await page(world);
    const { tabId } = tabs.open('p');
    for (let i = 1; i <= 100; i++) {
      tabs.change(tabId, { text: `select ${i}` });
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(world.sent.length).toBeGreaterThan(4);
    expect(world.sent.length).toBeLessThan(12);
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.texts()).toEqual(['select 100']);
    tabs.close(tabId);
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.texts()).toEqual([]);
  });

  it('are there again in another page, with the tab that was shown', async () => {
    const world = program();
    const kept = storage();
    kept.setItem('querytape.tabs', 'select 0');
    const { tabs } = await page(world, kept);
    const [one] = [tabs.open('p', 'select 1'), tabs.open('p', 'select 2')];
    tabs.show(one!.tabId);
    await vi.advanceTimersByTimeAsync(1000);
    expect([...kept.kept.values()].join()).not.toContain('select');
    const again = await page(world, kept);
    expect(again.tabs.tabs.map(({ text }) => text)).toEqual(['select 1', 'select 2']);
    expect(again.tabs.activeId).toBe(one!.tabId);
  });

  it('never overtake each other', async () => {
    const world = program();
    const { tabs } = await page(world);
    let go = (): void => undefined;
    world.hold = new Promise((resolve) => {
      go = resolve;
    });
    const { tabId } = tabs.open('p', 'first');
    await vi.advanceTimersByTimeAsync(1000);
    world.hold = Promise.resolve();
    tabs.change(tabId, { text: 'second' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.sent).toEqual([]);
    go();
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.sent).toEqual(['draft.save first', 'draft.save second']);
  });

  it('are sent at last as the page goes, with what was on its way', async () => {
    const world = program();
    const drafts = await page(world);
    world.hold = new Promise(() => undefined);
    const one = drafts.tabs.open('p', 'on its way');
    await vi.advanceTimersByTimeAsync(1000);
    drafts.tabs.change(one.tabId, { text: 'on its way, changed' });
    drafts.tabs.open('p', 'not sent yet');
    drafts.leave();
    expect(world.texts()).toEqual(['on its way, changed', 'not sent yet']);
  });

  it('are retried while there is no answer, and with the next change where they are refused, which is reported', async () => {
    const world = program();
    const drafts = await page(world);
    world.refuse = { code: 'ENOSPC', message: 'The draft can’t be kept (ENOSPC).' };
    const { tabId } = drafts.tabs.open('p', 'select 1');
    await vi.advanceTimersByTimeAsync(1000);
    expect(drafts.problem).toContain('ENOSPC');
    // Not by itself: the user may be away, and endless retries would keep a vault open.
    world.refuse = null;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.sent).toEqual([]);
    world.refuse = { code: 'link.lost', message: 'no answer' };
    drafts.tabs.change(tabId, { text: 'select 2' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(drafts.problem).toBe('');
    world.refuse = null;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.texts()).toEqual(['select 2']);
    drafts.tabs.change(tabId, { text: 'x'.repeat(DRAFT_UNITS_MAX + 1) });
    await vi.advanceTimersByTimeAsync(1000);
    expect(drafts.problem).toContain('longer than');
    expect(world.texts()).toEqual(['select 2']);
    // That another tab is saved makes this one no safer.
    drafts.tabs.open('p', 'short');
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.texts()).toEqual(['select 2', 'short']);
    expect(drafts.problem).toContain('longer than');
    drafts.tabs.change(tabId, { text: 'select 3' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(drafts.problem).toBe('');
  });

  it('are at risk while there is a text that the program does not take, and no other time', async () => {
    const world = program();
    const drafts = await page(world);
    const refuse = (code: string) => {
      world.refuse = { code, message: code };
    };
    refuse('vault.locked');
    const { tabId } = drafts.tabs.open('p');
    await vi.advanceTimersByTimeAsync(1000);
    // There is nothing in it yet.
    expect(drafts.atRisk).toBe(false);
    drafts.tabs.change(tabId, { text: 'select 1' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(drafts.atRisk).toBe(true);
    world.refuse = null;
    drafts.tabs.change(tabId, { text: 'select 2' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(drafts.atRisk).toBe(false);
    refuse('link.lost');
    world.link = 'lost';
    drafts.tabs.change(tabId, { text: 'select 3' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(drafts.atRisk).toBe(true);
    world.refuse = null;
    world.link = 'open';
    await vi.advanceTimersByTimeAsync(10_000);
    expect([drafts.atRisk, world.texts()]).toEqual([false, ['select 3']]);
  });

  it('of a locked vault come once it is unlocked, beside what was opened since', async () => {
    const world = program([draft('a', 'old 1', 1), draft('b', 'old 2', 5)]);
    const locked = { ...NO_CONFIG.vault, state: 'locked' as const };
    world.config = { ...NO_CONFIG, vault: locked };
    const drafts = await page(world);
    expect([drafts.asked, drafts.tabs.tabs]).toEqual([true, []]);
    const since = drafts.tabs.open('p', 'new');
    world.config = { ...NO_CONFIG, vault: { ...locked, state: 'unlocked' } };
    drafts.look();
    await vi.advanceTimersByTimeAsync(1000);
    expect(drafts.tabs.tabs.map(({ text }) => text)).toEqual(['old 1', 'old 2', 'new']);
    expect(drafts.tabs.activeId).toBe(since.tabId);
    expect(world.texts()).toEqual(['old 1', 'old 2', 'new']);
  });

  it('are asked for until the program answers, and no tab is opened in their place', async () => {
    const world = program([draft('a', 'old', 1)]);
    const before = new DraftSync({ ...world, app: null }, () => undefined, storeOf());
    before.look();
    expect(before.asked).toBe(false);
    world.refuse = { code: 'link.lost', message: '' };
    const drafts = await page(world);
    expect(drafts.tabs.tabs).toEqual([]);
    world.refuse = null;
    await vi.advanceTimersByTimeAsync(5000);
    expect(drafts.tabs.tabs.map(({ text }) => text)).toEqual(['old']);
    expect(drafts.tabs.activeId).toBe('a');
  });

  it('are not shown where another open page has them, and are once that page is gone', async () => {
    const world = program([draft('a', 'mine', 1), draft('b', 'theirs', 2)]);
    world.elsewhere.add('b');
    const drafts = await page(world);
    await vi.advanceTimersByTimeAsync(2000);
    expect(drafts.tabs.tabs.map(({ tabId }) => tabId)).toEqual(['a']);
    expect(drafts.elsewhere).toBe(1);
    world.elsewhere.clear();
    const later = await page(world);
    expect(later.tabs.tabs.map(({ tabId }) => tabId)).toEqual(['a', 'b']);
    expect(later.elsewhere).toBe(0);
  });
});
