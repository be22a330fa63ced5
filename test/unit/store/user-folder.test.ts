import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { defaultDataFolder } from '../../../src/main/paths.ts';
import { homeFolder, userFolder } from '../../../src/store/user-folder.ts';

it('takes no place that would be another one in each folder: neither an empty nor a relative one', () => {
  const usual = join(homedir(), '.local', 'share');
  for (const named of [undefined, '', 'share', './share']) {
    expect(userFolder(named, '.local', 'share')).toBe(usual);
    if (process.platform === 'linux')
      expect(defaultDataFolder({ XDG_DATA_HOME: named })).toBe(join(usual, 'querytape'));
  }
  expect(userFolder(resolve('share'), '.local', 'share')).toBe(resolve('share'));
  for (const home of ['', 'home']) expect(homeFolder(home)).toBe(userInfo().homedir);
  expect(homeFolder(resolve('home'))).toBe(resolve('home'));
});
