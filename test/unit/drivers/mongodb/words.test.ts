import { expect, it } from 'vitest';
import { serverFailure } from '../../../../src/drivers/mongodb/failure.ts';

it.each([
  ['Transaction numbers are only allowed on a replica set member or mongos', true],
  ['reIndex is only allowed on a standalone mongod instance. Cannot reIndex on replication set', false],
  ["Dropping the 'admin' database is prohibited.", false],
])('a failure speaks of replica sets only where one is needed: %s', (message, isGiven) => {
  expect(serverFailure(20, message).advice !== undefined).toBe(isGiven);
});
