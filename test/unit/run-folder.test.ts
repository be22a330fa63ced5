import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sharedHome } from '../../src/main/demo-homes.ts';
import { removeClusters } from '../run-folder.ts';

const OVER = 1_000_001;
const OTHER = 1_000_002;

/** The cluster of a demo folder, whose server has the pid. */
async function made(shared: string, folder: string, pid = OVER): Promise<string> {
  const home = await sharedHome(shared, folder);
  mkdirSync(join(home, 'data'), { recursive: true });
  writeFileSync(join(home, 'data', 'postmaster.pid'), `${pid}\n${home}/data\n`);
  return home;
}

it('takes the demo clusters of a run with it, and no other one', async () => {
  const shared = mkdtempSync(join(tmpdir(), 'homes-'));
  await made(shared, `/dev/shm/querytape-tests-${OVER}/querytape-e2e-a/demo`);
  await sharedHome(shared, `/dev/shm/querytape-tests-${OVER}/querytape-e2e-b/demo`);
  const left = [
    await made(shared, `/dev/shm/querytape-tests-${OTHER}/querytape-e2e-a/demo`),
    await made(shared, '/home/user/.local/share/querytape/demo'),
    await made(shared, `/home/dev/shm/querytape-tests-${OVER}/demo`),
    // Its server still runs.
    await made(shared, `/dev/shm/querytape-tests-${OVER}/querytape-e2e-c/demo`, process.pid),
  ];
  removeClusters(shared, (pid) => pid === OVER);
  const names = left.flatMap((home) => [home, `${home}.place`]).map((path) => path.slice(shared.length + 1));
  expect(readdirSync(shared).sort()).toEqual(names.sort());
});

it('is at ease where another run removes a cluster at the same time', async () => {
  const shared = mkdtempSync(join(tmpdir(), 'homes-'));
  // It is listed, and not there.
  symlinkSync(join(shared, 'gone'), join(shared, 'demo-000000000000.place'));
  await made(shared, `/dev/shm/querytape-tests-${OVER}/querytape-e2e-a/demo`);
  removeClusters(shared, () => true);
  expect(readdirSync(shared)).toEqual(['demo-000000000000.place']);
});

it('is at ease where no demo was ever made', () => {
  expect(() => removeClusters(join(tmpdir(), 'none'), () => true)).not.toThrow();
});
