import { expect, inject, it } from 'vitest';
import '../servers/setup.ts';
import { runReads } from './safety-mariadb.ts';

it('changes nothing on MariaDB by what is judged a read', { timeout: 120_000 }, async () => {
  const { reads, ran, changed, seesWrites } = await runReads(inject('mariadb'));
  expect(changed).toEqual([]);
  expect(seesWrites).toBe(true);
  expect(reads).toBeGreaterThan(60);
  expect(ran).toBeGreaterThan(50);
});
