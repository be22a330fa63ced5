import { describe, expect, it } from 'vitest';
import { type TabOwner, Tabs, tabOwners, tabTitle } from '../../../../src/ui/app/tabs.ts';
import { CLOSED_TABS_MAX } from '../../../../src/ui/limits.ts';
import { storeOf } from '../storage.ts';

describe('the tabs', () => {
  it('show the neighbour of a closed one', () => {
    const tabs = new Tabs(() => undefined, storeOf());
    const [a, b, c] = ['a', 'b', 'c'].map((text) => tabs.open('demo', text));
    tabs.show(b!.tabId);
    tabs.close(b!.tabId);
    expect(tabs.activeId).toBe(c!.tabId);
    tabs.close(c!.tabId);
    expect(tabs.activeId).toBe(a!.tabId);
  });

  it('open a closed one again with its text, its name and its mode, the latest first, and none without a text', () => {
    const changed: string[] = [];
    const tabs = new Tabs((tabId) => changed.push(tabId), storeOf());
    const [a, b, empty] = ['select 1', 'select 2', ' '].map((text) => tabs.open('demo', text));
    tabs.change(a!.tabId, { title: 'Mine', manualCommit: true });
    expect(tabs.reopens).toBe(false);
    for (const tab of [a, b, empty]) tabs.close(tab!.tabId);
    tabs.reopen();
    tabs.reopen();
    expect(tabs.tabs.map(({ title, text, manualCommit }) => ({ title, text, manualCommit }))).toEqual([
      { title: '', text: 'select 2', manualCommit: undefined },
      { title: 'Mine', text: 'select 1', manualCommit: true },
    ]);
    expect(tabs.activeId).toBe(tabs.tabs[1]!.tabId);
    expect(changed).toContain(tabs.activeId);
    // The ids of closed tabs are never in use again: their drafts and connections have ended.
    expect(tabs.tabs.map(({ tabId }) => tabId)).not.toContain(a!.tabId);
    expect(tabs.reopens).toBe(false);
  });

  it('are moved within the row, and save the place of each that has another one', () => {
    const changed: string[] = [];
    const tabs = new Tabs((tabId) => changed.push(tabId), storeOf());
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => tabs.open('demo', text).tabId);
    const moved = (tabId: string, place: number) => {
      changed.length = 0;
      tabs.move(tabId, place);
      return [tabs.tabs.map(({ text }) => text).join(''), [...changed].sort()];
    };
    expect(moved(a!, 2)).toEqual(['bcad', [a, b, c].sort()]);
    expect(moved(d!, 0)).toEqual(['dbca', [a, b, c, d].sort()]);
    expect(moved(d!, -1)).toEqual(['dbca', []]);
    expect(moved(a!, 9)).toEqual(['dbca', []]);
    expect(moved('gone', 1)).toEqual(['dbca', []]);
    expect(tabs.activeId).toBe(d);
  });

  it('draw only what has been in view of those that were restored', () => {
    const tabs = new Tabs(() => undefined, storeOf());
    const drawn = () => tabs.drawn.map(({ text }) => text);
    tabs.restore(
      ['a', 'b', 'c'].map((text) => ({ tabId: `tab-${text}`, profileId: 'demo', title: '', text })),
      'tab-b',
    );
    expect(drawn()).toEqual(['b']);
    tabs.step(1);
    expect(drawn()).toEqual(['b', 'c']);
    tabs.open('demo', 'd');
    tabs.close('tab-b');
    expect(drawn()).toEqual(['c', 'd']);
  });

  it('remember only so many closed ones', () => {
    const tabs = new Tabs(() => undefined, storeOf());
    for (let i = 0; i <= CLOSED_TABS_MAX; i++) tabs.close(tabs.open('demo', `select ${i}`).tabId);
    let reopened = 0;
    for (; tabs.reopens; reopened++) tabs.reopen();
    expect(reopened).toBe(CLOSED_TABS_MAX);
    expect(tabs.tabs.map(({ text }) => text)).not.toContain('select 0');
  });

  it('name their connections once they are of several', () => {
    const owners = new Map<string, TabOwner>([
      ['shop', { name: 'Shop', environment: 'production' }],
      ['demo', { name: 'Demo', environment: 'development' }],
    ]);
    const owned = (...profileIds: string[]) => {
      const tabs = profileIds.map((profileId, i) => ({ tabId: `t${i}`, profileId, title: '', text: '' }));
      return [...tabOwners(tabs, (profileId) => owners.get(profileId))].map(([id, { name }]) => [id, name]);
    };
    expect(owned('shop', 'shop')).toEqual([]);
    expect(owned('shop', 'demo', 'locked away')).toEqual([
      ['t0', 'Shop'],
      ['t1', 'Demo'],
    ]);
  });

  it('are called by their statement', () => {
    const title = (text: string) => tabTitle({ tabId: 't', profileId: 'p', title: '', text });
    expect(title('select * from walk.`a``b "c" -- d`')).toBe('walk.a`b "c" -- d');
    expect(title('select * from "s""x"."t /* u */"')).toBe('s"x.t /* u */');
    expect(title('')).toBe('New query');
    for (const before of ['', 'x']) {
      const cut = title(`${before}${'😀'.repeat(100)}`);
      expect(cut).toMatch(/^x?😀+…$/u);
    }
    expect(title('-- a comment\nselect * from public.orders where x')).toBe('orders');
    expect(title('select * from "My shop"."order items" limit 5')).toBe('My shop.order items');
    expect(title('update orders set total = 0')).toBe('update orders set total = 0');
    expect(title(`select ${'x'.repeat(90)}`)).toHaveLength(28);
  });
});
