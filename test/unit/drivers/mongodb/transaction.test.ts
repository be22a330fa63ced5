import { MongoServerError } from 'mongodb';
import { expect, it } from 'vitest';
import { Session } from '../../../../src/drivers/mongodb/session.ts';
import { documentOf } from '../../../../src/drivers/mongodb/statement/operation.ts';
import { transactionStep } from '../../../../src/drivers/mongodb/transaction.ts';

/** A session whose transaction the server knows of. */
function begun(): Session {
  const session = new Session(true);
  session.start(new Map());
  session.decorated(documentOf([['find', 'c']]));
  return session;
}

function step(session: Session, which: 'commit' | 'abort', code: number): Promise<unknown> {
  const refuse = () => Promise.reject(new MongoServerError({ message: 'no', code }));
  const of = { session, hasTransactions: true };
  return transactionStep({ type: 'transaction', step: which }, of, refuse, { notice() {} });
}

it('leaves no transaction open that the server had committed although it answered the commit by an error', async () => {
  const session = begun();
  await expect(step(session, 'commit', 91)).rejects.toMatchObject({ code: 91 });
  expect(session.transaction).toBe('failed');
  await expect(step(session, 'abort', 256)).rejects.toMatchObject({ code: 256 });
  expect(session.transaction).toBe('none');
});

it('aborts a transaction that the server has ended by itself', async () => {
  const session = begun();
  await expect(step(session, 'abort', 251)).resolves.toMatchObject({ command: 'ABORT TRANSACTION' });
  expect(session.transaction).toBe('none');
});

it('stays failed where the abort is refused for another reason', async () => {
  const session = begun();
  await expect(step(session, 'abort', 91)).rejects.toMatchObject({ code: 91 });
  expect(session.transaction).toBe('failed');
});
