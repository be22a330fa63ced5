import { describe, expect, it } from 'vitest';
import { descriptorOf } from '../../../../src/events/engines/index.ts';
import { mongoCollection } from '../../../../src/events/engines/mongodb-names.ts';
import { readableName } from '../../../../src/events/engines/postgres-dialect.ts';
import { tabTitle } from '../../../../src/ui/app/tabs.ts';

describe('a collection’s name', () => {
  it.each([
    ['postgres', 'public', 'Order', 'select * from public."Order"'],
    ['mariadb', 'shop', 'orders', 'select * from shop.orders'],
    ['mysql', 'my-shop', 'a`b', 'select * from `my-shop`.`a``b`'],
    ['mysql', 'shop', 'rank', 'select * from shop.`rank`'],
    ['mongodb', 'shop', 'orders', 'db.orders.find()'],
    ['mongodb', 'other', 'orders', 'db.getSiblingDB("other").orders.find()'],
    ['mongodb', 'shop', 'a-b', 'db.getCollection("a-b").find()'],
    ['mongodb', 'shop', 'stats', 'db.getCollection("stats").find()'],
    ['mongodb', 'shop', 'auth', 'db.getCollection("auth").find()'],
    ['mongodb', 'shop', 'getUsers', 'db.getCollection("getUsers").find()'],
    ['mongodb', 'shop', 'toString', 'db.getCollection("toString").find()'],
    ['mongodb', 'shop', '_queue', 'db.getCollection("_queue").find()'],
    ['mongodb', 'shop', 'getter', 'db.getter.find()'],
  ] as const)('%s opens %s.%s by %s', (engine, namespace, collection, text) => {
    expect(descriptorOf(engine).openText(namespace, collection, 'shop')).toBe(text);
  });

  it('is what the tab is called', () => {
    const title = (text: string) => tabTitle({ tabId: 't', profileId: 'p', title: '', text });
    expect(title(descriptorOf('mongodb').openText('other', 'a-b', 'shop'))).toBe('a-b');
    expect(title(descriptorOf('mysql').openText('shop', 'orders', ''))).toBe('shop.orders');
    expect(title('// note\ndb.orders.drop()')).toBe('db.orders.drop()');
    expect(descriptorOf('mongodb').qualified('shop', 'x', 'shop')).toBe(mongoCollection('shop', 'x', 'shop'));
  });

  it.each([
    ['order_items', 'order_items'],
    ['Order', '"Order"'],
    ['we"ird', '"we""ird"'],
    ['select', '"select"'],
    ['user', '"user"'],
    ['1st', '"1st"'],
  ])('writes the name %s as %s', (name, text) => expect(readableName(name)).toBe(text));
});
