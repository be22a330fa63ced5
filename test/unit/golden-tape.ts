import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Envelope } from '../../src/events/envelope.ts';

/** The records of a golden tape of test/replay. */
export function goldenTape(name: string): readonly Envelope[] {
  return readFileSync(join(import.meta.dirname, `../replay/${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope);
}
