import { expect, it, vi } from 'vitest';
import { TreeFocus } from '../../../../src/ui/catalogue/tree-focus.ts';

type Host = ConstructorParameters<typeof TreeFocus>[0];

const line = (id: string) => ({ id, level: 1, name: id, expanded: null });

/** A walk of these lines, and the element that has the focus in its host. */
function walking(...ids: readonly string[]) {
  const requestUpdate = vi.fn();
  const drawn = new Map<string, HTMLElement>();
  const shadowRoot = {
    activeElement: null as unknown,
    querySelectorAll: () => [...drawn.values()],
  };
  const host = { requestUpdate, addController: vi.fn(), shadowRoot, updateComplete: Promise.resolve(true) };
  const walk = new TreeFocus(host as unknown as Host);
  const draw = (...now: readonly string[]): void => {
    walk.hostUpdate();
    walk.lines = now.map(line);
    for (const id of drawn.keys()) if (!now.includes(id)) drawn.delete(id);
    for (const id of now) {
      const element = {
        dataset: { id },
        role: 'treeitem',
        scrollIntoView: vi.fn(),
      } as unknown as HTMLElement;
      element.focus = () => {
        shadowRoot.activeElement = element;
      };
      if (!drawn.has(id)) drawn.set(id, element);
    }
    if (![...drawn.values()].includes(shadowRoot.activeElement as HTMLElement))
      shadowRoot.activeElement = null;
    walk.hostUpdated();
  };
  draw(...ids);
  return { walk, draw, drawn, shadowRoot, requestUpdate };
}

it('has one line in the tab order: the first, then the one that had the focus last', () => {
  const { walk, requestUpdate } = walking('a', 'b');
  expect([walk.tabindex('a'), walk.tabindex('b')]).toEqual([0, -1]);
  walk.focused('b');
  walk.focused('b');
  expect([walk.tabindex('a'), walk.tabindex('b')]).toEqual([-1, 0]);
  expect(requestUpdate).toHaveBeenCalledTimes(1);
});

it('leaves its place in the tab order to the next line when its own has gone', () => {
  const { walk, draw } = walking('a', 'b', 'c');
  walk.focused('b');
  draw('a', 'b', 'c');
  draw('a', 'c');
  expect(walk.active).toBe('c');
  draw('a');
  expect([walk.active, walk.tabindex('a')]).toEqual(['a', 0]);
  draw();
  expect(walk.active).toBe('');
});

it('leaves the focus to it as well, and takes it from nothing else', async () => {
  const { walk, draw, drawn, shadowRoot } = walking('a', 'b');
  walk.focused('b');
  drawn.get('b')!.focus();
  draw('a', 'b');
  draw('a');
  await Promise.resolve();
  await Promise.resolve();
  expect(shadowRoot.activeElement).toBe(drawn.get('a'));
  draw('a', 'b');
  walk.focused('b');
  shadowRoot.activeElement = null;
  draw('a', 'b');
  draw('a');
  await Promise.resolve();
  await Promise.resolve();
  expect(shadowRoot.activeElement).toBeNull();
});
