import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEASURE_MS } from '../../src/events/limits.ts';
import { apply, emptyState, STATE_VERSION } from '../../src/events/views/state.ts';
import { dataPaths } from '../../src/main/paths.ts';
import { openTape } from '../../src/store/tape/tape.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;
const folder = dataFolder();
let program: Started;
let open: OpenPage;

/** Writes what an earlier run measured of itself. */
async function measured(agoMs: number, mib: number, loopMs: number, syncMs: number): Promise<void> {
  const { tape: place } = dataPaths(folder);
  const fold = { version: STATE_VERSION, initial: emptyState, apply };
  const tape = await openTape({ folder: place, fold });
  const spread = (ms: number) => ({ count: 120, p50: ms / 4, p99: ms, max: ms * 2 });
  const event = {
    type: 'process.measured',
    rssBytes: mib * MIB,
    heapBytes: (mib / 2) * MIB,
    loopMs: spread(loopMs),
    lagMs: spread(syncMs + 3),
    syncMs: spread(syncMs),
  } as const;
  const ofTape = { actor: 'tape', kind: 'tape', machine: null, cause: null, state: null } as const;
  tape.append({ ...ofTape, at: Date.now() - agoMs, event });
  await tape.close();
}

beforeAll(async () => {
  await measured(3 * DAY_MS, 300, 800, 90);
  await measured(10 * MEASURE_MS, 128, 40, 20);
  program = await startQuerytape(folder);
  open = await OpenPage.open(program.url);
  await open.page.keyboard.press('Control+Alt+m');
});

afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

describe('the metrics page', () => {
  const chart = (id: string) => open.page.getByTestId(`chart-${id}`);
  const said = (id: string) => chart(id).getAttribute('aria-label');

  it('has the history of the process’s own figures, of earlier runs, too', async () => {
    await chart('memory').waitFor();
    expect(await said('memory')).toContain('Memory: resident up to 128 MiB, heap up to 64 MiB.');
    expect(await said('loop')).toContain(
      'Event loop delay: p50 up to 10 ms, p99 up to 40 ms, highest up to 80 ms.',
    );
    expect(await said('lag')).toContain('p99 up to 23 ms');
    expect(await said('sync')).toContain('p99 up to 20 ms');
  });

  it('has that of a longer span once that is chosen', async () => {
    await open.page.getByText('Last week').click();
    await expect.poll(() => said('memory')).toContain('resident up to 300 MiB');
    expect(await said('loop')).toContain('highest up to 1.6 s');
  });

  it('leads from an interval to the measurements in it, by the keyboard', async () => {
    await chart('memory').focus();
    await open.page.keyboard.press('Home');
    await open.page.keyboard.press('Enter');
    const event = open.page.locator('qt-metrics').getByTestId('tape-event').first();
    await event.getByText('process measured').waitFor();
  });
});
