/** A machine's state as XState holds it: a name, or names within names. */
export type StateValue = string | { readonly [state: string]: StateValue | undefined };

/**
 * Writes a state value as one dotted line: `{running: {cancelling: 'requested'}}` → `running.cancelling.requested`.
 * The regions of a parallel state are joined by `|` in the order of their names.
 */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.keys(value)
    .sort()
    .map((key) => {
      const inner = value[key];
      const name = inner === undefined ? '' : stateName(inner);
      return name === '' ? key : name.includes('|') ? `${key}.(${name})` : `${key}.${name}`;
    })
    .join('|');
}
