import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replayCommand } from '../../../src/main/replay.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-bundle-'));
  mkdirSync(join(folder, 'in'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.runIf(process.platform !== 'win32')(
  'a malicious file: a tape whose segment is a pipe or a device is refused, and not waited for',
  { tags: ['slow'] },
  async () => {
    const path = join(folder, 'in', '00000001.jsonl');
    execFileSync('mkfifo', [path]);
    await expect(replayCommand({}, join(folder, 'in'))).rejects.toThrow('not a regular file');
    await expect(replayCommand({}, path)).rejects.toThrow('not a regular file');
    rmSync(path);
    symlinkSync('/dev/zero', path);
    await expect(replayCommand({}, join(folder, 'in'))).rejects.toThrow('not a regular file');
  },
);
