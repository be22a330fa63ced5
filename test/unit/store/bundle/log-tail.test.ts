import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LogLine } from '../../../../src/events/log/log-entry.ts';
import { logTail } from '../../../../src/store/bundle/log-tail.ts';
import type { Selection } from '../../../../src/store/bundle/slice.ts';
import { BUNDLE_LOG_BYTES_MAX } from '../../../../src/store/limits.ts';
import { collectGarbage } from '../../collect-garbage.ts';
import { testFolder } from './bundle-folder.ts';

const folder = testFolder();

const line = (minute: number, fields: Record<string, string | number> = {}): LogLine => ({
  level: 'info',
  time: new Date(minute * 60_000).toISOString(),
  'event.name': `e${minute}`,
  ...fields,
  msg: 'm',
});

async function tail(lines: readonly LogLine[], selection: Selection): Promise<string[]> {
  const logs = join(folder.path, 'logs');
  mkdirSync(logs);
  const text = lines.map((one) => `${JSON.stringify(one)}\n`).join('');
  writeFileSync(join(logs, 'querytape.2026-01-01.1.log'), text);
  return (await logTail(logs, selection, (one) => one)).map((one) => one['event.name']);
}

const LINES = [
  line(0),
  line(1, { 'querytape.seq': 1 }),
  line(2, { 'querytape.seq': 2, 'querytape.session.id': 's1' }),
  line(3, { 'querytape.seq': 3, 'querytape.session.id': 's2' }),
  line(4),
];

it.each<[string, Selection, string[]]>([
  ['of everything', {}, ['e0', 'e1', 'e2', 'e3', 'e4']],
  ['of a span of records, and what is no record', { fromSeq: 2, toSeq: 2 }, ['e0', 'e2', 'e4']],
  ['of a span of time', { fromAt: 60_000, toAt: 180_000 }, ['e1', 'e2', 'e3']],
  ['of a session, and what is no record', { sessions: ['s2'] }, ['e0', 'e3', 'e4']],
])('takes the lines %s', async (_what, selection, expected) => {
  expect(await tail(LINES, selection)).toEqual(expected);
});

it('takes the newest lines where there are more than a bundle may have', async () => {
  const many = Array.from({ length: 100 }, (_, index) =>
    line(index, { pad: 'x'.repeat(BUNDLE_LOG_BYTES_MAX / 60) }),
  );
  const taken = await tail(many, {});
  expect(taken.length).toBeGreaterThan(40);
  expect(taken.length).toBeLessThan(60);
  expect(taken.at(-1)).toBe('e99');
});

it('holds no lines but the newest while it reads a long log', { tags: ['slow'] }, async () => {
  const logs = join(folder.path, 'logs');
  mkdirSync(logs);
  const text = Array.from(
    { length: 2000 },
    (_, minute) => `${JSON.stringify(line(minute, { pad: 'x'.repeat(BUNDLE_LOG_BYTES_MAX / 100) }))}\n`,
  ).join('');
  writeFileSync(join(logs, 'querytape.2026-01-01.1.log'), text);
  const read: WeakRef<LogLine>[] = [];
  let heldMost = 0;
  let looking: Promise<void> = Promise.resolve();
  const taken = await logTail(logs, {}, (one) => {
    read.push(new WeakRef(one));
    if (read.length % 500 === 0)
      // A turn later, as a reference that was made in this one holds until its end.
      looking = new Promise((resolve) =>
        setImmediate(() => {
          collectGarbage();
          heldMost = Math.max(heldMost, read.filter((ref) => ref.deref() !== undefined).length);
          resolve();
        }),
      );
    return one;
  });
  await looking;
  expect(taken.length).toBeGreaterThan(80);
  expect(heldMost).toBeGreaterThan(80);
  expect(heldMost).toBeLessThan(600);
});

it('is empty where there is no log', async () => {
  expect(await logTail(join(folder.path, 'none'), {}, (one) => one)).toEqual([]);
});
