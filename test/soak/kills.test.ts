import { afterAll, describe, expect, inject, it } from 'vitest';
import type { Target } from '../../src/events/profile.ts';
import { KillRounds, type KillTarget } from '../e2e/kill-rounds.ts';

const KILLS = Number(process.env.QUERYTAPE_KILLS ?? 200);

const SQL = {
  insert: (marker: string) => `insert into seen values ('${marker}')`,
  all: 'select marker from seen',
};

/** Each engine's server, and its statements. */
const TARGETS: Readonly<Record<string, () => KillTarget>> = {
  PostgreSQL: () => ({
    target: reach('postgres', inject('postgres')),
    setup: 'create table if not exists seen (marker varchar(40) primary key)',
    ...SQL,
  }),
  MariaDB: () => ({
    target: reach('mariadb', inject('mariadb')),
    setup: 'create table if not exists seen (marker varchar(40) primary key)',
    ...SQL,
  }),
  MySQL: () => ({
    target: reach('mysql', inject('mysql')),
    setup: 'create table if not exists seen (marker varchar(40) primary key)',
    ...SQL,
  }),
  'the double of MongoDB': () => ({
    target: reach('mongodb', inject('mongodb')),
    setup: 'db.seen.deleteMany({})',
    insert: (marker) => `db.seen.insertOne({_id: "${marker}"})`,
    all: 'db.seen.find({})',
  }),
};

function reach(
  engine: Target['engine'],
  {
    host,
    port,
    user,
    password,
    database = 'soak',
  }: { host: string; port: number; user: string; password: string; database?: string },
): NonNullable<KillTarget['target']> {
  return { target: { engine, host, port, user, database, tls: { mode: 'disable' } }, password };
}

describe.each(Object.keys(TARGETS))('%s', (name) => {
  let rounds: KillRounds | undefined;
  afterAll(() => rounds?.stop());

  it(`kill -9 under load, ${KILLS} times: no lie, no statement that the tape lacks`, async () => {
    rounds = new KillRounds(TARGETS[name]!());
    const report = await rounds.run(KILLS);
    process.stdout.write(`${name}: ${JSON.stringify(report)}\n`);
    expect(report).toMatchObject({
      lies: [],
      unrecorded: [],
      unwritten: [],
      damages: 0,
      replayed: true,
      starts: KILLS + 1,
    });
    expect(report.seen).toBeGreaterThan(KILLS);
    expect(report.mayHaveCompleted).toBeGreaterThan(0);
  });
});
