import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { SSH_CONFIG_FILES_MAX } from '../../../../src/drivers/limits.ts';
import { configNames } from '../../../../src/drivers/ssh/openssh/config-names.ts';
import { configCommands } from '../../../../src/drivers/ssh/openssh/resolved-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'querytape-names-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('gives the names of the user’s configuration with what stands beside each, follows Include, and leaves patterns out', async () => {
  mkdirSync(join(folder, 'more'), { recursive: true });
  const file = join(folder, 'config');
  writeFileSync(
    file,
    `# Host comment
Include ${folder}/more/*.conf
Host bastion jump *.corp !x
  HostName=203.0.113.5
  user ann
  User later
Match host y
  HostName never
Host "quoted"
  Port 2222
Host -oProxyCommand=x a;b
Host *
  User all
`,
  );
  writeFileSync(join(folder, 'more', 'a.conf'), 'host inner\n  hostname 10.0.0.1\nHost bastion\n  Port 99\n');
  writeFileSync(join(folder, 'more', 'b.txt'), 'Host other\n');
  expect(await configNames([file])).toEqual({
    hosts: [
      { name: 'bastion', hostName: '203.0.113.5', user: 'ann', port: '99' },
      { name: 'jump', hostName: '203.0.113.5', user: 'ann', port: null },
      { name: 'quoted', hostName: null, user: null, port: '2222' },
      { name: 'inner', hostName: '10.0.0.1', user: null, port: null },
    ],
    cut: false,
  });
  expect(await configNames([join(folder, 'none')])).toEqual({ hosts: [], cut: false });
});

it('a malicious file: an Include of more files than are read, or of names that ssh expands, is shown as a command', async () => {
  mkdirSync(join(folder, 'many'), { recursive: true });
  const file = join(folder, 'config');
  for (let n = 0; n <= SSH_CONFIG_FILES_MAX; n++)
    writeFileSync(join(folder, 'many', `${n}.conf`), 'Match exec "touch /tmp/ran"\n');
  writeFileSync(
    file,
    `Include ${folder}/many/*\n"Include" $HOME/x\nInclude ${folder}/config\nInclude many/1.conf\n`,
  );
  expect(await configCommands([file])).toEqual([
    { command: `Include ${folder}/many/*`, file, line: 1 },
    { command: '"Include" $HOME/x', file, line: 2 },
  ]);
  writeFileSync(file, `Include ${folder}/many/7.conf ${folder}/many/7.conf\n`);
  expect(await configCommands([file])).toEqual([
    { command: 'touch /tmp/ran"', file: join(folder, 'many', '7.conf'), line: 1 },
  ]);
});
