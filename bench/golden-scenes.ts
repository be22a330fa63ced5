import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'test/replay';

/** The records of each golden tape, as they stand in the repository. The bench runs at its root. */
export function goldenScenes(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => readFileSync(join(FOLDER, name), 'utf8'));
}
