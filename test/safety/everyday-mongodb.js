db.users.updateOne({ _id: ObjectId('64b0c0ffee00000000000001') }, { $set: { lastLogin: new Date() } });
db.users.updateOne({ email: 'a@example.org' }, { $set: { name: 'A' } }, { upsert: true });
db.users.updateMany({ plan: 'trial', trialEndsAt: { $lt: new Date() } }, { $set: { plan: 'free' } });
db.users.updateMany({ _id: { $in: [1, 2, 3] } }, { $set: { active: false } });
db.users.updateMany(
  { role: { $in: ['guest', 'trial'] }, lastSeen: { $lt: ISODate('2025-01-01') } },
  { $unset: { token: '' } },
);
db.users.findOneAndUpdate({ _id: 5, version: 12 }, { $inc: { version: 1 }, $set: { name: 'A' } });
db.users.replaceOne({ _id: 5 }, { _id: 5, name: 'A' });
db.orders.updateMany({ status: 'open', createdAt: { $lt: new Date() } }, { $set: { status: 'expired' } });
db.orders.updateMany({ customerId: 12 }, { $set: { priority: true } });
db.orders.updateOne({ number: 'SO-1001' }, { $push: { events: { at: new Date(), kind: 'paid' } } });
db.orders.updateMany(
  { 'items.sku': 'AB-12' },
  { $set: { 'items.$[i].price': 5 } },
  { arrayFilters: [{ 'i.sku': 'AB-12' }] },
);
db.orders.updateMany(
  { items: { $elemMatch: { sku: 'AB-12', quantity: { $gt: 5 } } } },
  { $set: { bulk: true } },
);
db.orders.deleteMany({ customerId: 12 });
db.orders.deleteOne({ _id: ObjectId('64b0c0ffee00000000000001') });
db.orders.updateMany({ $or: [{ status: 'failed' }, { status: 'cancelled' }] }, { $set: { archived: true } });
db.orders.updateMany({ $and: [{ status: 'open' }, { total: { $gt: 1000 } }] }, { $set: { review: true } });
db.orders.updateMany({ tags: { $all: ['old', 'paid'] } }, { $set: { archived: true } });
db.orders.updateMany(
  { archived: { $ne: true }, createdAt: { $lt: ISODate('2024-01-01') } },
  { $set: { archived: true } },
);
db.sessions.deleteMany({ expiresAt: { $lt: new Date() } });
db.sessions.deleteMany({ userId: 42 });
db.sessions.deleteMany({ userId: 42, revoked: { $exists: false } });
db.sessions.deleteOne({ token: 'f3a9' });
db.events.deleteMany({ at: { $gte: ISODate('2024-01-01'), $lt: ISODate('2024-02-01') } });
db.events.deleteMany({ _id: { $lt: ObjectId('64b0c0ffee00000000000001') } });
db.events.deleteMany({ kind: 'debug', at: { $lt: ISODate('2025-06-01') } });
db.events.deleteMany({ kind: /^debug/ });
db.events.insertOne({ kind: 'login', at: new Date() });
db.events.insertMany([{ kind: 'a' }, { kind: 'b' }]);
db.jobs.findOneAndUpdate(
  { state: 'queued' },
  { $set: { state: 'running' } },
  { sort: { priority: -1, _id: 1 } },
);
db.jobs.findOneAndUpdate(
  { state: 'queued', runAt: { $lte: new Date() } },
  { $set: { state: 'running' }, $inc: { attempts: 1 } },
  { returnDocument: 'after' },
);
db.jobs.findOneAndDelete({}, { sort: { _id: 1 } });
db.jobs.updateMany(
  { state: 'running', heartbeat: { $lt: ISODate('2026-11-01') } },
  { $set: { state: 'failed' } },
);
db.jobs.updateOne({ lockedBy: null, state: 'queued' }, { $set: { lockedBy: 'w1' } });
db.counters.updateOne({ _id: 'invoice' }, { $inc: { value: 1 } }, { upsert: true });
db.runCommand({
  findAndModify: 'counters',
  query: { _id: 'invoice' },
  update: { $inc: { value: 1 } },
  upsert: true,
  new: true,
});
db.products.updateMany({ category: 'books', stock: 0 }, { $set: { available: false } });
db.products.updateMany({ sku: { $regex: '^AB-' } }, { $mul: { price: 1.05 } });
db.products.updateMany({ supplierId: 3, discontinued: false }, [
  { $set: { name: { $concat: ['$name', ' (old)'] } } },
]);
db.products.bulkWrite([
  { updateOne: { filter: { _id: 1 }, update: { $set: { price: 5 } } } },
  { updateOne: { filter: { _id: 2 }, update: { $set: { price: 6 } } } },
]);
db.products.bulkWrite([{ deleteOne: { filter: { _id: 1 } } }, { insertOne: { document: { _id: 3 } } }]);
db.products.bulkWrite([{ updateMany: { filter: { category: 'toys' }, update: { $set: { sale: true } } } }]);
db.posts.updateOne({ slug: 'hello-world' }, { $inc: { views: 1 } });
db.posts.updateMany({ authorId: 9, published: true }, { $set: { published: false } });
db.posts.deleteMany({ status: 'spam', createdAt: { $lt: new Date() } });
db.devices.updateMany({ online: true, lastSeen: { $lt: new Date() } }, { $set: { online: false } });
db.notifications.deleteMany({ userId: 42, readAt: { $ne: null } });
db.carts.deleteMany({ updatedAt: { $lt: ISODate('2026-01-01') }, items: { $size: 0 } });
db.users.updateMany({ $expr: { $eq: ['$status', 'stale'] }, plan: 'free' }, { $set: { active: false } });
db.runCommand({ update: 'users', updates: [{ q: { _id: 5 }, u: { $set: { a: 1 } } }] });
db.runCommand({ delete: 'sessions', deletes: [{ q: { userId: 42 }, limit: 0 }] });
db.users.find({ email: 'a@example.org' });
db.orders.aggregate([{ $match: { status: 'open' } }, { $group: { _id: '$customerId', n: { $sum: 1 } } }]);
db.orders.createIndex({ customerId: 1 });
db.createCollection('notes');
