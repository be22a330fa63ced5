import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope } from '../src/events/envelope.ts';
import type { LogLevel } from '../src/events/log/log-entry.ts';
import { recordEntries } from '../src/events/log/record-entries.ts';
import { otlpLog, otlpSpan } from '../src/events/otlp/otlp-json.ts';
import { SpanFold } from '../src/events/trace/span-fold.ts';
import { apply, emptyState } from '../src/events/views/state.ts';
import { hashedId } from '../src/main/otlp/hashed-id.ts';
import { openLogFile } from '../src/store/log/log-file.ts';
import { play } from '../test/replay/record.ts';
import { type Bench, cpuSeconds, type Figure, median } from './figure.ts';

const ROUNDS = 40;
const REPEATS = 5;

/** What each statement costs in processor time: `fold` as it takes its records, and `end` once all are taken. */
async function perStatement(
  records: readonly Envelope[],
  statements: number,
  make: () => Promise<{ fold(record: Envelope): void; end(): Promise<void> }>,
): Promise<number> {
  const took: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const { fold, end } = await make();
    const begun = cpuSeconds();
    for (let round = 0; round < ROUNDS; round++) for (const record of records) fold(record);
    await end();
    took.push(((cpuSeconds() - begun) * 1e6) / (ROUNDS * statements));
  }
  return median(took);
}

/** What the log and OTLP cost each statement, beside the views that every program folds. */
export const log: Bench = {
  name: 'log',
  async run() {
    const records = (await play('statements')).lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Envelope);
    const statements = records.filter(({ event }) => event.type === 'query.ended').length;
    const alone = await perStatement(records, statements, async () => {
      const views = emptyState();
      return { fold: (record) => void apply(views, record), end: async () => undefined };
    });
    const written = (level: LogLevel) =>
      perStatement(records, statements, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'querytape-bench-log-'));
        const file = await openLogFile({
          folder: join(folder, 'logs'),
          ageMaxMs: () => Number.MAX_SAFE_INTEGER,
          onProblem: (error) => {
            throw error;
          },
        });
        const views = emptyState();
        return {
          fold(record) {
            apply(views, record);
            for (const entry of recordEntries(record, views, level)) file.write(entry);
          },
          async end() {
            await file.close();
            rmSync(folder, { recursive: true, force: true });
          },
        };
      });
    const sent = await perStatement(records, statements, async () => {
      const views = emptyState();
      const spans = new SpanFold();
      let bytes = 0;
      return {
        fold(record) {
          apply(views, record);
          for (const span of spans.add(record, views))
            bytes += JSON.stringify(otlpSpan(span, hashedId)).length;
          for (const entry of recordEntries(record, views, 'info'))
            bytes += JSON.stringify(otlpLog(entry, hashedId)).length;
        },
        async end() {
          if (bytes === 0) throw new Error('nothing was sent');
        },
      };
    });
    const figure = (name: string, value: number, how: string): Figure => ({
      name,
      value: Math.max(0, value - alone),
      unit: 'µs',
      aim: null,
      how,
    });
    return [
      figure('log per statement, level info', await written('info'), 'processor time, written to its file'),
      figure('log per statement, level debug', await written('debug'), 'processor time, written to its file'),
      figure('OTLP spans and logs per statement', sent, 'processor time, up to the request'),
    ];
  },
};
