import { beforeAll, describe, expect, it } from 'vitest';
import { corpus } from '../safety/corpus.ts';
import { PRODUCTS } from './mysql-engine.ts';
import { type ReadsRun, runReads } from './safety-mysql.ts';

/** The server's own walls: a read that meets one of them was none. */
const WALLS = ['1792', '1290', '1836'];

describe.each(PRODUCTS)('what is judged a read, run on $product', ({ engine, provided }) => {
  let run: ReadsRun;
  beforeAll(async () => {
    run = await runReads(engine, provided());
  }, 300_000);

  it('holds nothing that must not be read', () => {
    expect(run.unsound).toEqual([]);
  });

  it('changes nothing', () => {
    expect(run.changed).toEqual([]);
    expect(run.seesWrites).toBe(true);
    expect(run.reads).toBeGreaterThan(60);
  });

  it('meets no wall of the server, and runs to its end wherever the server has it', () => {
    const seen = new Map(corpus(engine).map((one) => [one.sql, one]));
    const expected = (sql: string): string | undefined => {
      const { parserInvisible, mysql, mariadb } = seen.get(sql)!;
      return parserInvisible ? '1792' : engine === 'mysql' ? mysql : mariadb;
    };
    expect(
      run.failed.filter(([sql, errno]) => WALLS.includes(errno) && !seen.get(sql)!.parserInvisible),
    ).toEqual([]);
    expect(run.failed.filter(([sql, errno]) => expected(sql) !== errno)).toEqual([]);
  });

  it('is nearly all that is harmless', () => {
    process.stdout.write(
      `${engine}: ${(run.harmlessShare * 100).toFixed(1)} % of what is harmless is read\n`,
    );
    expect(run.harmlessShare, run.refused.join('\n')).toBeGreaterThanOrEqual(
      engine === 'mysql' ? 0.95 : 0.94,
    );
  });
});
