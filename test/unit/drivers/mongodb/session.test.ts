import { Int32 } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { Session } from '../../../../src/drivers/mongodb/session.ts';
import { documentOf } from '../../../../src/drivers/mongodb/statement/operation.ts';

const find = documentOf([['find', 'c']]);
const options = documentOf([
  ['readConcern', documentOf([['level', 'snapshot']])],
  ['writeConcern', documentOf([['w', 'majority']])],
  ['maxCommitTimeMS', new Int32(5)],
]);

describe('the session of a connection', () => {
  it('says with the first command of a transaction that it begins, and with no other', () => {
    const session = new Session(true);
    expect(session.decorated(find)).toEqual({ find: 'c', lsid: { id: session.id } });
    session.start(options);
    const first = session.decorated(find);
    expect(first).toMatchObject({
      autocommit: false,
      startTransaction: true,
      readConcern: options.get('readConcern'),
    });
    expect(`${first.txnNumber}`).toBe('1');
    expect(session.decorated(find)).not.toHaveProperty('startTransaction');
    expect(session.ending('commit')).toMatchObject({
      commitTransaction: 1,
      autocommit: false,
      writeConcern: options.get('writeConcern'),
      maxTimeMS: new Int32(5),
    });
    session.ended();
    session.start(new Map());
    expect(`${session.decorated(find).txnNumber}`).toBe('2');
  });

  it('has nothing to end on the server for a transaction that was not used', () => {
    const session = new Session(true);
    session.start(new Map());
    expect(session.ending('commit')).toBeNull();
    session.decorated(documentOf([['buildInfo', new Int32(1)]]));
    expect(session.ending('abort')).toBeNull();
  });

  it('is failed by an error, outside of a transaction by none', () => {
    const session = new Session(true);
    session.failed();
    expect(session.transaction).toBe('none');
    session.start(new Map());
    session.decorated(find);
    session.failed();
    expect(session.transaction).toBe('failed');
    expect(session.decorated(find)).not.toHaveProperty('txnNumber');
    expect(session.ending('abort')).not.toBeNull();
  });

  it('says nothing to a server that has none', () => {
    const session = new Session(false);
    expect(session.lsid).toBeNull();
    expect(session.decorated(find)).toEqual({ find: 'c' });
  });
});
