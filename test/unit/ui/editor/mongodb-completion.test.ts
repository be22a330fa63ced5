import { describe, expect, it } from 'vitest';
import { parseStatement } from '../../../../src/drivers/mongodb/statement/parse.ts';
import { StatementError } from '../../../../src/drivers/mongodb/statement/syntax.ts';
import { mongodbOffers, type Offer } from '../../../../src/ui/editor/mongodb-completion.ts';

const NAMES = {
  'shop.orders': ['_id', 'status', 'first name', 'a.b'],
  'shop.stats': ['_id'],
  'shop.odd name': ['_id'],
  'other.things': ['_id', 'colour'],
};

const offers = (before: string): readonly Offer[] => mongodbOffers(before, NAMES, 'shop')?.options ?? [];

const labels = (before: string): string[] => offers(before).map(({ label }) => label);

const inserted = (before: string, label: string): string =>
  before + offers(before).find((one) => one.label === label)?.insert;

/** Why a text is refused; null where it is understood. */
function refusal(text: string): string | null {
  try {
    parseStatement(text, 'shop');
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(StatementError);
    return (error as StatementError).message;
  }
}

describe('the completion of MongoDB statements', () => {
  it.each([
    'db.',
    'db.getSiblingDB("other").',
    'db.orders.',
    'db.getCollection("odd name").',
    'db.orders.find({a: ")"}).',
    'db.orders.find().sort({a: 1}).',
    'db.orders\n  .find({ at: ISODate("2024-05-01") })\n  .',
    'db.orders.aggregate([{$match: {}}]).',
    'db.aggregate([]).',
    'db.orders.explain().',
    'db.orders.explain("executionStats").find({}).',
    'session.',
  ])('inserts after %s only what runs, or what lacks nothing but its arguments', (before) => {
    expect(offers(before).length).toBeGreaterThan(0);
    for (const { insert, type } of offers(before)) {
      const text = type === 'class' ? `${before}${insert}.find()` : `${before}${insert}`;
      const why = refusal(text);
      if (why !== null) expect(`${text} ${why}`).toMatch(/is missing|Which index|such as|to be explained/i);
    }
  });

  it('inserts a call of explain and of what needs no argument, with the cursor behind it', () => {
    for (const [before, label] of [
      ['db.orders.find().', 'explain'],
      ['db.orders.find().', 'count'],
      ['db.orders.aggregate([]).', 'explain'],
      ['db.orders.', 'getIndexes'],
      ['db.', 'stats'],
    ] as const) {
      const offer = offers(before).find((one) => one.label === label && one.type === 'function');
      expect(refusal(`${before}${offer?.insert}`)).toBeNull();
      expect(offer?.after).toBe(0);
    }
  });

  it('names a collection that a member can’t spell, or that a method has, by getCollection', () => {
    expect(inserted('db.', 'orders')).toBe('db.orders');
    expect(inserted('db.', 'odd name')).toBe('db.getCollection("odd name")');
    expect(
      offers('db.')
        .filter(({ type }) => type === 'class')
        .map(({ insert }) => insert),
    ).toContain('getCollection("stats")');
  });

  it('offers what the cursor at hand has', () => {
    expect(labels('db.orders.find().')).toContain('sort');
    expect(labels('db.orders.aggregate([]).')).not.toContain('sort');
    expect(labels('db.orders.find().explain().')).toEqual([]);
    expect(labels('db.orders.insertOne({}).')).toEqual([]);
    expect(labels('db.orders.find({at: ISODate("2024-05-01").')).toEqual([]);
    expect(labels('db.getSiblingDB("other").').slice(0, 1)).toEqual(['things']);
  });

  it('quotes a field that is not a word', () => {
    expect(inserted('db.orders.find({', 'first name')).toBe('db.orders.find({"first name"');
    expect(inserted('db.orders.find({"a', 'a.b')).toBe('db.orders.find({"aa.b');
    expect(labels('db.getSiblingDB("other").things.find({')).toEqual(['_id', 'colour']);
    expect(labels('db.orders.find({}).sort({')).toContain('status');
    expect(labels('db.orders.updateOne({}, {$set: {')).toContain('status');
  });
});

describe('mongosh’s names', () => {
  const NAMES = { 'shop.orders': ['_id', 'status'], 'shop.order-items': [], 'other.things': ['a'] };
  const offered = (before: string) => {
    const found = mongodbOffers(before, NAMES, 'shop');
    return found && { typed: found.typed, labels: found.options.map(({ label }) => label) };
  };

  it('are collections after db, and the methods of the database', () => {
    expect(offered('db.or')?.typed).toBe('or');
    expect(offered('db.')?.labels).toEqual(expect.arrayContaining(['orders', 'getCollection']));
    expect(
      mongodbOffers('db.', NAMES, 'shop')?.options.find(({ label }) => label === 'order-items'),
    ).toMatchObject({
      insert: 'getCollection("order-items")',
    });
    expect(offered('db.getSiblingDB("other").')?.labels).toContain('things');
    expect(offered('mydb.')).toBeNull();
  });

  it('are methods after a collection and after a cursor', () => {
    expect(offered('db.orders.fi')).toMatchObject({
      typed: 'fi',
      labels: expect.arrayContaining(['find', 'insertOne']),
    });
    expect(offered('db.getCollection("order-items").')?.labels).toContain('find');
    expect(offered('db.orders.find({}).so')).toMatchObject({
      typed: 'so',
      labels: expect.arrayContaining(['sort']),
    });
  });

  it('are the fields of the statement’s collection inside its documents', () => {
    expect(offered('db.orders.find({ st')).toEqual({ typed: 'st', labels: ['_id', 'status'] });
    expect(offered('db.getSiblingDB("other").things.find({ a: 1, ')).toEqual({ typed: '', labels: ['a'] });
    expect(offered('db.unknown.find({ st')).toBeNull();
  });
});
