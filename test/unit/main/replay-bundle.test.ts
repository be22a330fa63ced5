import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replayCommand } from '../../../src/main/replay.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-bundle-'));
  mkdirSync(join(folder, 'in'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NAME = '00000001.jsonl';

describe('a bundle from elsewhere', () => {
  it('a malicious file: a bundle whose segment is a link is not followed', async () => {
    symlinkSync('/etc/passwd', join(folder, 'in', NAME));
    const file = join(folder, 'bundle.tar.gz');
    await create({ file, cwd: join(folder, 'in'), gzip: true }, [NAME]);
    await expect(replayCommand({}, file)).rejects.toThrow(/There is no tape|not a bundle/);
  });

  it('a malicious file: a bundle with paths that lead out of it brings nothing but its segments', async () => {
    writeFileSync(join(folder, 'in', 'evil.sh'), 'x');
    const file = join(folder, 'bundle.tar.gz');
    await create({ file, cwd: join(folder, 'in'), gzip: true, preservePaths: true, prefix: '../out' }, [
      'evil.sh',
    ]);
    await expect(replayCommand({}, file)).rejects.toThrow(/There is no tape|not a bundle/);
  });

  it.runIf(process.platform !== 'win32')(
    'a malicious file: a tape whose segment is a pipe or a device is refused, and not waited for',
    async () => {
      const path = join(folder, 'in', NAME);
      execFileSync('mkfifo', [path]);
      await expect(replayCommand({}, join(folder, 'in'))).rejects.toThrow('not a regular file');
      rmSync(path);
      symlinkSync('/dev/zero', path);
      await expect(replayCommand({}, join(folder, 'in'))).rejects.toThrow('not a regular file');
    },
  );

  it('a malicious file: a bundle that unpacks to more than a tape can have is given up', async () => {
    const file = join(folder, 'bundle.tar');
    const head = Buffer.alloc(512);
    new Header({ path: NAME, type: 'File', mode: 0o600, size: 2 ** 31 }).encode(head);
    writeFileSync(file, head);
    await expect(replayCommand({}, file)).rejects.toThrow('holds more than a tape can have');
  });
});
