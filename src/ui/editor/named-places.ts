import type { NamedPlace } from './completion-names.ts';

/** Where a collection is named, and what ends a list of them. A list is read only so far, as each may begin within the one before. */
const PLACE = /\b(?:from|join|into|update|table)\s+(?=([^;()]{0,2000}))|\bdb\.(?=([\w$]*))/gi;
const PLACE_END = /\b(?:where|set|values|on|using|group|order|having|limit|join|union|select)\b/i;

/** What stands in a statement where a collection is named, as far as it is typed. */
export function placesIn(text: string): NamedPlace[] {
  const items = [...text.matchAll(PLACE)].flatMap(([, list = '', member]) =>
    member === undefined ? list.split(PLACE_END)[0]!.split(',') : [member],
  );
  return items.map((item) => {
    const [first, dot, second = ''] = item.match(/"[^"]*"?|`[^`]*`?|[\p{L}\p{N}_$]+|\./gu) ?? [];
    const name = (token = ''): string => token.replace(/["`]/g, '');
    return dot === '.'
      ? { namespace: name(first), name: name(second) }
      : { namespace: null, name: name(first) };
  });
}
