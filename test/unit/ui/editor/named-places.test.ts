import { expect, it } from 'vitest';
import { placesIn } from '../../../../src/ui/editor/named-places.ts';
import { threadMs } from '../../thread-time.ts';

it.each([
  ['select * from ord', ['ord']],
  ['select * from a x, "b c" y join old.d on true where e = 1', ['a', 'b c', 'old.d']],
  ['select x, y from a order by b, c', ['a']],
  ['insert into `a b` (c, d) select e from f', ['a b', 'f']],
  ['update old."t', ['old.t']],
  ['select * from old.', ['old.']],
  ['select * from ', ['']],
  ['select (select 1 from a), b', ['a']],
  ['db.orders.find({})', ['orders']],
  ['select 1', []],
])('finds in %s what stands where a collection is named', (text, names) => {
  const found = placesIn(text).map(({ namespace, name }) =>
    namespace === null ? name : `${namespace}.${name}`,
  );
  expect(found).toEqual(names);
});

it('takes time that grows with the text, not with its square', () => {
  const ms = (count: number): number => {
    const before = threadMs();
    placesIn('from a '.repeat(count));
    return threadMs() - before;
  };
  ms(2000);
  expect(ms(16_000)).toBeLessThan(24 * Math.max(1, ms(2000)));
});
