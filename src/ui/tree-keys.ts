/** The keys of a tree (WAI-ARIA practices) over its lines on the screen. */

/** The line that a key leads to from `items[at]`; undefined where the key is for the line itself, or for nobody. */
export function keyTarget(
  event: KeyboardEvent,
  items: readonly HTMLElement[],
  at: number,
): HTMLElement | undefined {
  const expanded = items[at]!.getAttribute('aria-expanded');
  switch (event.key) {
    case 'ArrowDown':
      return items[at + 1];
    case 'ArrowUp':
      return items[at - 1];
    case 'Home':
      return items[0];
    case 'End':
      return items.at(-1);
    case 'ArrowRight':
      return expanded === 'true' ? items[at + 1] : undefined;
    case 'ArrowLeft':
      return expanded === 'true' ? undefined : parentOf(items, at);
    default:
      return begunBy(event, items, at);
  }
}

function levelOf(item: HTMLElement): number {
  return Number(item.getAttribute('aria-level'));
}

function parentOf(items: readonly HTMLElement[], at: number): HTMLElement | undefined {
  const level = levelOf(items[at]!);
  return items.slice(0, at).findLast((item) => levelOf(item) < level);
}

/** The next line that begins with the letter typed, round the end. */
function begunBy(event: KeyboardEvent, items: readonly HTMLElement[], at: number): HTMLElement | undefined {
  const { key, ctrlKey, metaKey, altKey } = event;
  if (key.length !== 1 || key === ' ' || ctrlKey || metaKey || altKey) return undefined;
  const letter = key.toLowerCase();
  const begins = (item: HTMLElement): boolean =>
    item.querySelector('.name')?.textContent?.trim().toLowerCase().startsWith(letter) ?? false;
  return [...items.slice(at + 1), ...items.slice(0, at)].find(begins);
}
