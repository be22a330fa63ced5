import { describe, expect, it } from 'vitest';
import { type TabOwner, Tabs, tabOwners, tabTitle } from '../../../../src/ui/app/tabs.ts';
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
    expect(title('')).toBe('New query');
    expect(title('-- a comment\nselect * from public.orders where x')).toBe('orders');
    expect(title('select * from "My shop"."order items" limit 5')).toBe('My shop.order items');
    expect(title('update orders set total = 0')).toBe('update orders set total = 0');
    expect(title(`select ${'x'.repeat(90)}`)).toHaveLength(28);
  });
});
