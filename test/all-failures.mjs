// Prints at the end of `npm test` what failed in any of its projects, as closing-line.ts has kept it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../node_modules/.failures');
for (const file of existsSync(folder) ? readdirSync(folder) : [])
  process.stdout.write(`\n${readFileSync(join(folder, file), 'utf8')}`);
