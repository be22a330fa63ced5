import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillReport, KillRounds } from './kill-rounds.ts';

/** `npm run soak` makes it 200 on each engine. */
const KILLS = 50;

const rounds = new KillRounds({
  target: null,
  setup: 'create table seen (marker text primary key)',
  insert: (marker) => `insert into seen values ('${marker}')`,
  all: 'select marker from seen',
});
let report: KillReport;

beforeAll(async () => {
  report = await rounds.run(KILLS);
}, 900_000);
afterAll(() => rounds.stop());

describe(`${KILLS} times kill -9 under load`, () => {
  it('reaches the server and cuts statements short, or shows nothing', () => {
    expect(report.seen).toBeGreaterThan(KILLS);
    expect(report.seen).toBeLessThan(report.asked);
    expect(report.mayHaveCompleted).toBeGreaterThan(0);
  });

  it('says "did not run" of no statement that the server has', () => {
    expect(report.lies).toEqual([]);
    expect(report.notRun).toBeGreaterThan(0);
  });

  it('loses no record of a statement that the server has', () => {
    expect(report.unrecorded).toEqual([]);
  });

  it('leaves a tape that is whole, has every start, and replays to every recorded state', () => {
    expect(report).toMatchObject({ damages: 0, starts: KILLS + 1, replayed: true });
  });
});
