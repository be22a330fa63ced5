import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { type KillReport, KillRounds } from './kill-rounds.ts';

/** `npm run soak` makes it 200 on each engine. */
const KILLS = 50;

let cluster: PostgresCluster;
let rounds: KillRounds;
let report: KillReport;

beforeAll(async () => {
  // It lives on as the program is killed, so it sees what a statement does after its client is gone.
  cluster = await makeCluster();
  const { password, ...address } = cluster.address;
  rounds = new KillRounds({
    target: { target: { engine: 'postgres', ...address, tls: { mode: 'disable' } }, password },
    setup: 'create table seen (marker text primary key)',
    insert: (marker) => `insert into seen values ('${marker}')`,
    all: 'select marker from seen',
  });
  report = await rounds.run(KILLS);
}, 900_000);
afterAll(async () => {
  await rounds?.stop();
  await cluster?.remove();
});

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

  it('loses no text of a statement that the server has, and the history says what became of it', () => {
    expect(report.unwritten).toEqual([]);
    // Of what was in flight it says what the tape does.
    expect([...report.historyOutcomes].some((outcome) => outcome?.startsWith('lost.'))).toBe(true);
  });

  it('leaves a tape that is whole, has every start, and replays to every recorded state', () => {
    expect(report).toMatchObject({ damages: 0, starts: KILLS + 1, replayed: true });
  });
});
