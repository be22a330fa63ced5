import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sshProgram } from '../../../../src/drivers/ssh/openssh/ssh-process.ts';

function searched(...folders: string[]): Promise<string | null> {
  vi.stubEnv('PATH', folders.join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
  return sshProgram('ssh');
}

it('finds ssh where the search path names its folder, and runs none of the current folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-ssh-'));
  const file = join(folder, process.platform === 'win32' ? 'ssh.exe' : 'ssh');
  writeFileSync(file, '');
  chmodSync(file, 0o700);
  expect(await searched('', '/nowhere', folder)).toBe(file);
  expect(await searched('', relative(process.cwd(), folder))).toBeNull();
  chmodSync(file, 0o600);
  expect(await searched(folder)).toBeNull();
});
