import type { Column } from '../result.ts';

/** Names as keys, each once: of `id, id, id_2` the second `id` becomes `id_3`, as `id_2` is taken. */
export function distinctNames(columns: readonly Pick<Column, 'name'>[]): string[] {
  const given = new Set(columns.map(({ name }) => name));
  const used = new Set<string>();
  return columns.map(({ name }) => {
    let key = name;
    for (let count = 2; used.has(key); count++) {
      const next = `${name}_${count}`;
      if (!given.has(next)) key = next;
    }
    used.add(key);
    return key;
  });
}
