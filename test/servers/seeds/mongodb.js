// A small shop. docker-compose.yml and the tests' servers load it; running it twice is as running it once.
// Statements with literals only: mongosh runs them, and so does Querytape itself.
db.getSiblingDB('shop').dropDatabase();

db.getSiblingDB('shop').createCollection('customers', {
  validator: {
    $jsonSchema: { bsonType: 'object', required: ['name'], properties: { name: { bsonType: 'string' } } },
  },
});
db.getSiblingDB('shop').customers.insertMany([
  {
    _id: NumberInt(1),
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    since: ISODate('2021-12-10T00:00:00Z'),
    settings: { theme: 'dark', pageSize: NumberInt(50) },
  },
  {
    _id: NumberInt(2),
    name: 'Grace Hopper',
    email: 'grace@example.com',
    since: ISODate('2022-12-09T08:30:00.5Z'),
    settings: {},
  },
  { _id: NumberInt(3), name: '李小龍', email: null, since: ISODate('2023-11-27T00:00:00Z') },
  {
    _id: NumberInt(4),
    name: 'Zoë “Zo” O’Brien 🦊',
    email: 'zoe@example.com',
    since: ISODate('2024-02-29T23:59:59.999Z'),
    tags: ['vip', 'beta'],
  },
]);
db.getSiblingDB('shop').customers.createIndex(
  { email: 1 },
  { unique: true, partialFilterExpression: { email: { $type: 'string' } } },
);

db.getSiblingDB('shop').products.insertMany([
  {
    _id: 'LAMP-1',
    title: 'Desk lamp',
    price: NumberDecimal('39.90'),
    stock: NumberInt(12),
    tags: ['light', 'desk'],
    picture: BinData(0, 'iVBORw0KGgo='),
  },
  {
    _id: 'MUG-2',
    title: 'Mug, 0.3 l',
    price: NumberDecimal('8.00'),
    stock: NumberLong('9007199254740993'),
    tags: [],
    dimensions: { height: 9.5, width: NumberInt(8) },
  },
  {
    _id: 'CHAIR-3',
    title: 'Chair',
    price: NumberDecimal('129.00'),
    stock: 0.5,
    tags: ['desk'],
    discontinued: true,
  },
  {
    _id: 'GIFT-4',
    title: 'Gift card',
    price: 'any',
    stock: null,
    uuid: UUID('6f1c8f0e-5a0b-4c1d-9e2f-3a4b5c6d7e8f'),
  },
]);

db.getSiblingDB('shop').orders.insertMany([
  {
    _id: ObjectId('65f000000000000000000001'),
    customerId: NumberInt(1),
    status: 'paid',
    at: ISODate('2024-05-01T09:15:00Z'),
    total: NumberDecimal('47.90'),
    items: [
      { sku: 'LAMP-1', quantity: NumberInt(1) },
      { sku: 'MUG-2', quantity: NumberInt(1) },
    ],
  },
  {
    _id: ObjectId('65f000000000000000000002'),
    customerId: NumberInt(1),
    status: 'shipped',
    at: ISODate('2024-05-03T17:40:12.345Z'),
    total: NumberDecimal('129.00'),
    items: [{ sku: 'CHAIR-3', quantity: NumberInt(1) }],
    ship: { city: 'London', note: 'ring twice' },
  },
  {
    _id: ObjectId('65f000000000000000000003'),
    customerId: NumberInt(2),
    status: 'new',
    at: ISODate('2024-06-11T00:00:00Z'),
    total: NumberDecimal('16.00'),
    items: [{ sku: 'MUG-2', quantity: NumberInt(2) }],
  },
  {
    _id: ObjectId('65f000000000000000000004'),
    customerId: NumberInt(4),
    status: 'returned',
    at: ISODate('2024-06-30T12:00:00Z'),
    total: NumberDecimal('39.90'),
    items: [],
    reason: /broken/i,
  },
]);
db.getSiblingDB('shop').orders.createIndex({ customerId: 1, at: -1 }, { name: 'orders_by_customer' });

db.getSiblingDB('shop').createView('paid_orders', 'orders', [
  { $match: { status: { $in: ['paid', 'shipped'] } } },
  { $project: { customerId: 1, total: 1, at: 1 } },
]);
