import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { JUDGED } from '../../actors/fakes.ts';
import { FAKED, Stage } from './stage.ts';
import { reportOf } from './watched-play.ts';

/** What a cause must not mistake for another. */

beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a transaction is idle on the server too while its next statement waits for an answer', async () => {
  const stage = new Stage();
  await stage.open();
  await stage.submit('update t');
  await stage.complete('update t', 1, 'open');
  const { world } = stage;
  const danger = { kind: 'deleteAll', position: 1, reason: 'All rows.' } as const;
  world.rules = { ...world.rules, confirmDangerous: true };
  world.judge = () => ({ ...JUDGED, verdict: 'write', dangers: [danger] });
  const queryId = await stage.submit('delete from t');
  await stage.pass(90_000);
  const challenge = world.workspace.query(queryId)!.challenge!.id;
  await stage.take({ type: 'query.confirm', queryId, challenge, name: 'One' });
  await stage.complete('delete from t');
  const { counts, findings } = reportOf(stage.tape).openTransaction!;
  expect(counts.yes).toBe(1);
  expect(findings[0]!.sentence).toBe('Its transaction was open and unused for 1 min 30 s.');
});
