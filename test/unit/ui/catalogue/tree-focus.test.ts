import { expect, it, vi } from 'vitest';
import { TreeFocus } from '../../../../src/ui/catalogue/tree-focus.ts';

it('has one line in the tab order: the first, then the one that had the focus last', () => {
  const requestUpdate = vi.fn();
  const walk = new TreeFocus({ requestUpdate } as unknown as ConstructorParameters<typeof TreeFocus>[0]);
  walk.lines.push({ id: 'a', level: 1, name: 'a', expanded: null });
  expect(walk.tabindex('a')).toBe(0);
  walk.lines.push({ id: 'b', level: 1, name: 'b', expanded: null });
  expect([walk.tabindex('a'), walk.tabindex('b')]).toEqual([0, -1]);
  walk.focused('b');
  walk.focused('b');
  expect([walk.tabindex('a'), walk.tabindex('b')]).toEqual([-1, 0]);
  expect(requestUpdate).toHaveBeenCalledTimes(1);
});
