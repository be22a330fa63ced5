import { describe, expect, it } from 'vitest';
import { score } from '../../../../src/ui/app/qt-palette.ts';

describe('the palette', () => {
  it('finds by letters in their order, and the closest first', () => {
    const find = (typed: string, labels: string[]) =>
      labels
        .filter((label) => score(label, typed) > -1000 && score(label, typed) !== -1)
        .sort((a, b) => score(b, typed) - score(a, typed));
    expect(find('ordit', ['public.orders', 'public.order_items', 'audit.events'])).toEqual([
      'public.order_items',
    ]);
    expect(find('orders', ['public.orders_of_reds', 'public.orders'])[0]).toBe('public.orders');
  });
});
