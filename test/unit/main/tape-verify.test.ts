import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { parse } from '../../../src/main/options.ts';
import { verifyCommand } from '../../../src/main/tape.ts';
import { goldenTape } from '../golden-tape.ts';
import { makeTape, testFolder } from '../store/bundle/bundle-folder.ts';

const folder = testFolder();
afterEach(() => vi.restoreAllMocks());

it('says that a write did not come to its end, which is no damage', async () => {
  await makeTape(folder.path, goldenTape('cancels'));
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    out += piece;
    return true;
  });
  const { options } = parse(['tape', 'verify', '--data-dir', folder.path]);
  expect(await verifyCommand(options)).toBe(0);
  expect(out).toMatch(/^The tape is whole: .*\.\n$/);
  appendFileSync(join(folder.path, 'tape', '00000001.jsonl'), '{"seq":9\n{"se');
  out = '';
  expect(await verifyCommand(options)).toBe(0);
  expect(out).toContain('\nA write that did not come to its end stands behind them: 2 lines, 13 bytes.\n');
});
