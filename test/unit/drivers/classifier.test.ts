import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/drivers/classifier.ts';
import {
  CLASSIFIER_START_TIMEOUT_MS,
  CLASSIFY_CPU_MS,
  CLASSIFY_WALL_MAX_MS,
} from '../../../src/drivers/limits.ts';
import { WorkLimit } from '../../../src/drivers/work-limit.ts';
import { threadMs } from '../thread-time.ts';

const classifier = new Classifier();
beforeAll(async () => {
  await classifier.classify('postgres', 'SELECT 1');
});
afterAll(() => classifier.close());

/** The longest that this thread computed at a stretch while `work` went on, in milliseconds. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = threadMs();
  const timer = setInterval(() => {
    const now = threadMs();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  await work;
  clearInterval(timer);
  return longest;
}

/** It takes some milliseconds. */
const LONG = `SELECT 1 IN (${'123456,'.repeat(20_000)}1)`;
const MANY = 'SELECT 1;'.repeat(200_000);

describe('the classifier', () => {
  it('judges texts of every engine, in order', { tags: ['slow'] }, async () => {
    const verdicts = await Promise.all([
      classifier.classify('postgres', 'SELECT 1'),
      classifier.classify('mysql', 'DELETE FROM t WHERE 1'),
      classifier.classify('mariadb', "SELECT '\\'", { sqlMode: 'NO_BACKSLASH_ESCAPES' }),
      classifier.classify('postgres', 'SELECT mine()', { volatility: { mine: 's' } }),
      classifier.classify('mongodb', 'db.a.find()'),
    ]);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['read', 'write', 'read', 'read', 'read']);
    expect(verdicts[1]!.dangers.map(({ kind }) => kind)).toEqual(['alwaysTrue']);
  });

  it.each([
    ['postgres', `SELECT ${'('.repeat(32_768)}1${')'.repeat(32_768)}`],
    ['mariadb', `SELECT ${'('.repeat(32_768)}1${')'.repeat(32_768)}`],
    ['postgres', `SELECT ${'(SELECT '.repeat(2000)}1${')'.repeat(2000)}`],
    ['postgres', `SELECT ${'NOT '.repeat(3000)}true`],
    ['postgres', MANY],
    ['mongodb', `db.a.find(${'['.repeat(32_768)}${']'.repeat(32_768)})`],
    ['mongodb', `db.a.find(${'{a:'.repeat(16_384)}1${'}'.repeat(16_384)})`],
    ['mongodb', `db.a.aggregate([${'{$facet:{a:['.repeat(120)}${']}}'.repeat(120)}])`],
    ['mongodb', `db.a.find(${'- '.repeat(32_768)}1)`],
    ['mongodb', 'db.a.find({a: '.repeat(100_000)],
  ] as const)(
    'gives up on a text that is too much for %s, in bounded time (%#)',
    { tags: ['slow'] },
    async (engine, text) => {
      const begun = performance.now();
      const judged = classifier.classify(engine, text);
      const pause = await longestPause(judged);
      const { verdict, reason } = await judged;
      expect(verdict).toBe('unknown');
      expect(reason).toMatch(/deep|too long|large|not written as/);
      expect(performance.now() - begun).toBeLessThan(CLASSIFY_WALL_MAX_MS + 2 * CLASSIFIER_START_TIMEOUT_MS);
      expect(pause).toBeLessThan(400);
      const next = engine === 'mongodb' ? 'db.a.find()' : 'SELECT 1';
      expect((await classifier.classify(engine, next)).verdict).toBe('read');
    },
  );

  it('judges what is only long, or leaves it unknown', { tags: ['slow'] }, async () => {
    const list = `SELECT 1 IN (${'123456,'.repeat(150_000)}1)`;
    for (const engine of ['postgres', 'mariadb'] as const)
      expect(['read', 'unknown']).toContain((await classifier.classify(engine, list)).verdict);
    const documents = `db.a.find({a: {$in: [${'123456,'.repeat(150_000)}1]}})`;
    const many = 'db.a.find();'.repeat(20_000);
    for (const text of [documents, many])
      expect(['read', 'unknown']).toContain((await classifier.classify('mongodb', text)).verdict);
  });

  it('judges calls in calls in one pass', { tags: ['slow'] }, async () => {
    const nested = `DELETE FROM t WHERE ${'CAST('.repeat(40)}1${' AS CHAR)'.repeat(40)}`;
    expect((await classifier.classify('mariadb', nested)).verdict).toBe('write');
    const all = await classifier.classify('mariadb', `DELETE FROM t; ${nested}`);
    expect(all.dangers.map(({ kind }) => kind)).toEqual(['deleteAll', 'alwaysTrue']);
  });

  it('gives those that wait their turn when a thread has to be replaced', { tags: ['slow'] }, async () => {
    const first = classifier.classify('postgres', MANY);
    const others = Array.from({ length: 20 }, (_, n) => classifier.classify('postgres', `SELECT ${n}`));
    expect((await first).verdict).toBe('unknown');
    expect(new Set((await Promise.all(others)).map(({ verdict }) => verdict))).toEqual(new Set(['read']));
  });

  it('judges a text whose thread waits longer for the processor than a judgement may take', {
    tags: ['slow'],
  }, async () => {
    const clock = { cpuMs: () => 0, wallMs: () => performance.now() };
    const patient = new Classifier(new WorkLimit({ cpuMs: 1, wallMs: 60_000 }, clock));
    expect((await patient.classify('postgres', LONG)).verdict).toBe('read');
    await patient.close();
  });

  it('gives up on the same text where it takes the CPU time', { tags: ['slow'] }, async () => {
    const clock = { cpuMs: () => performance.now(), wallMs: () => 0 };
    const strict = new Classifier(new WorkLimit({ cpuMs: 1, wallMs: 60_000 }, clock));
    const { verdict, reason } = await strict.classify('postgres', LONG);
    expect([verdict, reason]).toEqual(['unknown', 'Took too long to be looked into.']);
    await strict.close();
  });

  it('gives up on a hostile text by the wall clock where no CPU time is counted', {
    tags: ['slow'],
  }, async () => {
    const clock = { cpuMs: () => 0, wallMs: () => performance.now() };
    const bounded = new Classifier(new WorkLimit({ cpuMs: CLASSIFY_CPU_MS, wallMs: 200 }, clock));
    expect((await bounded.classify('postgres', MANY)).reason).toBe('Took too long to be looked into.');
    await bounded.close();
  });

  it('knows nothing any more once it is closed', async () => {
    const own = new Classifier();
    const asked = own.classify('postgres', 'SELECT 1');
    await own.close();
    expect((await asked).verdict).toBe('unknown');
    expect((await own.classify('postgres', 'SELECT 1')).verdict).toBe('unknown');
  });
});
