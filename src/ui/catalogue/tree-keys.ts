/** A line of a tree that can be walked to. */
export interface TreeLine {
  readonly id: string;
  readonly level: number;
  readonly name: string;
  /** Null for a line that nothing hangs below. */
  readonly expanded: boolean | null;
}

/** What of a key counts. */
type TreeKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/**
 * The line that a key of a tree (WAI-ARIA practices) leads to from `lines[at]`; undefined where the key is
 * for the line itself, or not for the tree.
 */
export function keyTarget(
  pressed: TreeKey,
  lines: readonly TreeLine[],
  at: number,
  page = 10,
): TreeLine | undefined {
  const line = lines[at]!;
  switch (pressed.key) {
    case 'ArrowDown':
      return lines[at + 1];
    case 'ArrowUp':
      return lines[at - 1];
    case 'PageDown':
      return lines[Math.min(at + page, lines.length - 1)];
    case 'PageUp':
      return lines[Math.max(at - page, 0)];
    case 'Home':
      return lines[0];
    case 'End':
      return lines.at(-1);
    case 'ArrowRight':
      return line.expanded === true ? lines[at + 1] : undefined;
    case 'ArrowLeft':
      return line.expanded === true
        ? undefined
        : lines.slice(0, at).findLast(({ level }) => level < line.level);
    default:
      return begunBy(pressed, lines, at);
  }
}

/** The next line that begins with the letter typed, round the end. */
function begunBy(
  { key, ctrlKey, metaKey, altKey }: TreeKey,
  lines: readonly TreeLine[],
  at: number,
): TreeLine | undefined {
  if (key.length !== 1 || key === ' ' || ctrlKey || metaKey || altKey) return undefined;
  const letter = key.toLowerCase();
  const begins = ({ name }: TreeLine): boolean => name.toLowerCase().startsWith(letter);
  return [...lines.slice(at + 1), ...lines.slice(0, at)].find(begins);
}
