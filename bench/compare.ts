import { readFileSync } from 'node:fs';
import { comparison } from './comparison.ts';

// Compares two runs of `npm run bench -- --json`, as a table in Markdown: `node dist/bench/compare.js BEFORE AFTER`.
const [before, after] = process.argv.slice(2);
if (before === undefined || after === undefined) {
  process.stderr.write('usage: compare BEFORE AFTER, each the output of npm run bench -- --json\n');
  process.exit(2);
}
process.stdout.write(comparison(readFileSync(before, 'utf8'), readFileSync(after, 'utf8')));
