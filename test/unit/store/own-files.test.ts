import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STRICTEST_POLICY } from '../../../src/events/policy.ts';
import { findInstance } from '../../../src/main/instance-file.ts';
import { dataPaths, fingerprintKey, makeDataFolder } from '../../../src/main/paths.ts';
import { redirectFiles } from '../../../src/main/redirect-file.ts';
import { DraftStore } from '../../../src/store/drafts/drafts.ts';
import type { HistoryKeys } from '../../../src/store/history/history-keys.ts';
import { Segments } from '../../../src/store/history/segments.ts';
import {
  makeFolder,
  ownFolder,
  putOwnFile,
  readOwnFile,
  UnsafeFileError,
  writeOwnFile,
} from '../../../src/store/own-files.ts';
import { PolicyFile } from '../../../src/store/policy.ts';
import { nodeDisk } from '../../../src/store/tape/disk.ts';
import { openTape } from '../../../src/store/tape/tape.ts';
import { replaceFile } from '../../../src/store/vault/replace-file.ts';
import { Vault } from '../../../src/store/vault/vault.ts';

/** Any user but this one. */
const OTHER = 12_345;
const isRoot = process.getuid?.() === 0;
const unix = process.platform !== 'win32';

let place: string;
let folder: string;
let victim: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'querytape-own-'));
  folder = join(place, 'data');
  victim = join(place, 'victim');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(victim, 'mine', { mode: 0o600 });
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** What another user, or whoever restored a backup, may have left under a name. */
const PLANTS: Readonly<Record<string, (path: string) => void>> = {
  'a link to a file': (path) => symlinkSync(victim, path),
  'a link that leads nowhere': (path) => symlinkSync(join(place, 'nothing'), path),
  'a file that every user may write': (path) => {
    writeFileSync(path, '{}');
    chmodSync(path, 0o666);
  },
  'a file that the group may write': (path) => {
    writeFileSync(path, '{}');
    chmodSync(path, 0o620);
  },
  'a pipe': (path) => execFileSync('mkfifo', ['-m', '600', path]),
  ...(isRoot && {
    'a file of another user': (path: string) => {
      writeFileSync(path, '{}', { mode: 0o600 });
      chownSync(path, OTHER, OTHER);
    },
    'a device': (path: string) => execFileSync('mknod', ['-m', '600', path, 'c', '1', '5']),
  }),
};

/** Every way into the data folder, with a file that it reads or writes. */
const keys = null as unknown as HistoryKeys;
const fold = { initial: () => null, apply: () => null };
const WAYS: Readonly<Record<string, { file: string; open: () => Promise<unknown> }>> = {
  'the data folder': { file: 'running.json', open: () => makeDataFolder(dataPaths(folder)) },
  'the fingerprints’ key': { file: 'fingerprint.key', open: () => fingerprintKey(dataPaths(folder)) },
  'the running program': { file: 'running.json', open: () => findInstance(dataPaths(folder)) },
  'the launch files': { file: 'old.html', open: () => redirectFiles(folder) },
  'the vault': { file: 'vault.qtv', open: () => Vault.open({ folder }) },
  'the vault’s backup': { file: 'vault.qtv.bak', open: () => Vault.open({ folder }) },
  'the vault’s attempts': { file: 'vault.attempts.json', open: () => Vault.open({ folder }) },
  'the vault’s lock': { file: 'vault.lock', open: () => Vault.open({ folder }) },
  'the tape': { file: '00000001.jsonl', open: () => openTape({ folder, fold }) },
  'a checkpoint': { file: '00000001.checkpoint.json', open: () => openTape({ folder, fold }) },
  'the tape’s lock': { file: 'tape.lock', open: () => openTape({ folder, fold }) },
  'the history': { file: 'segment-000001.qth', open: () => new Segments(folder, nodeDisk).prepare() },
  'the drafts': {
    file: `${'a'.repeat(32)}.qtd`,
    open: () => DraftStore.open({ folder, keys, disk: nodeDisk, now: Date.now }),
  },
};

describe.runIf(unix)('files and folders', () => {
  const cases = Object.keys(WAYS).flatMap((way) => Object.keys(PLANTS).map((plant) => [way, plant] as const));

  it.each(cases)(
    'a local user: %s is not opened where %s was planted; what to type is said',
    async (way, plant) => {
      const { file, open } = WAYS[way]!;
      const path = join(folder, file);
      PLANTS[plant]!(path);
      const before = lstatSync(path);
      const refused = await open().then(
        () => null,
        (error: Error & { code: string }) => error,
      );
      expect(refused).toMatchObject({ code: 'file.unsafe', message: expect.stringContaining(path) });
      expect(refused!.message).toMatch(
        /type: (sudo chown|chmod go-w) |Put the file itself there|Move it away/,
      );
      expect(lstatSync(path).ino).toBe(before.ino);
      expect(readFileSync(victim, 'utf8')).toBe('mine');
      expect(existsSync(join(place, 'nothing'))).toBe(false);
    },
  );

  it.each<[string, () => void, RegExp]>([
    ['every user may write', () => chmodSync(folder, 0o777), /chmod go-w/],
    ['the group may write', () => chmodSync(folder, 0o770), /chmod go-w/],
    [
      'is a link',
      () => {
        rmSync(folder, { recursive: true });
        mkdirSync(join(place, 'elsewhere'));
        symlinkSync(join(place, 'elsewhere'), folder);
      },
      /is a link/,
    ],
    [
      'is a file',
      () => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
      /not a regular folder/,
    ],
    ...(isRoot
      ? ([['belongs to another user', () => chownSync(folder, OTHER, OTHER), /sudo chown -R/]] as [
          string,
          () => void,
          RegExp,
        ][])
      : []),
  ])('a local user: a data folder that %s is not used', async (_what, plant, words) => {
    plant();
    await expect(makeDataFolder(dataPaths(folder))).rejects.toThrow(words);
    await expect(openTape({ folder, fold })).rejects.toThrow();
    await expect(Vault.open({ folder })).rejects.toThrow();
  });

  it('a local user: a data folder below a folder that every user may write is not used', async () => {
    chmodSync(place, 0o777);
    await expect(makeDataFolder(dataPaths(folder))).rejects.toThrow(/Every user may write .*chmod o-w/);
    chmodSync(place, 0o1777);
    await makeDataFolder(dataPaths(folder));
  });

  it('makes a folder with those above it, and leaves one that is there', async () => {
    const path = join(folder, 'a/b/c');
    await makeFolder(path);
    writeFileSync(join(path, 'x'), '');
    await makeFolder(path);
    expect(existsSync(join(path, 'x'))).toBe(true);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
    symlinkSync(join(place, 'nothing'), join(folder, 'dangling'));
    await expect(makeFolder(join(folder, 'dangling/a'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder(join(victim, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('narrows a folder of its own that others may only read', async () => {
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'vault.qtv.aside-x'), '', { mode: 0o644 });
    await ownFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('a local user: a link under the name that a file is written aside by is replaced, not followed', async () => {
    const path = join(folder, 'x');
    symlinkSync(victim, `${path}.new`);
    await replaceFile(nodeDisk, path, Buffer.from('new'));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    symlinkSync(victim, join(folder, 'y'));
    await writeOwnFile(join(folder, 'y'), 'new');
    expect(lstatSync(join(folder, 'y')).isFile()).toBe(true);
    expect(statSync(join(folder, 'y')).mode & 0o777).toBe(0o600);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    symlinkSync(victim, join(folder, 'z'));
    await expect(nodeDisk.open(join(folder, 'z'))).rejects.toThrow(UnsafeFileError);
  });

  it('names the file that can’t be written, not the one that is written aside', async () => {
    writeFileSync(join(folder, 'x'), '');
    const path = join(folder, 'x', 'y');
    await expect(writeOwnFile(path, 'new')).rejects.toMatchObject({ code: 'ENOTDIR', path });
    mkdirSync(join(folder, 'z'));
    await expect(writeOwnFile(join(folder, 'z'), 'new')).rejects.toMatchObject({ path: join(folder, 'z') });
    const failing = (syscall: string) =>
      putOwnFile(path, async () => {
        throw Object.assign(new Error(`ENOSPC: no space left on device, ${syscall}`), { syscall });
      });
    rmSync(join(folder, 'x'));
    mkdirSync(join(folder, 'x'));
    await expect(failing('write')).rejects.toMatchObject({ path });
    await expect(failing('read')).rejects.not.toHaveProperty('path');
    expect(readdirSync(folder, { recursive: true })).not.toContainEqual(expect.stringMatching(/\.new$/));
  });

  it('reads no more of a file than it may have', async () => {
    writeFileSync(join(folder, 'x'), 'xxxx', { mode: 0o600 });
    expect(String(await readOwnFile(join(folder, 'x'), 4))).toBe('xxxx');
    await expect(readOwnFile(join(folder, 'x'), 3)).rejects.toMatchObject({ code: 'EFBIG' });
    expect(await readOwnFile(join(folder, 'no'), 3)).toBeNull();
  });
});

describe.runIf(unix)('the policy', () => {
  const load = async () => (await PolicyFile.open({ folder, env: {} })).loaded;
  const open = '{ "environments": { "production": { "rowsMax": 12345 } } }';

  it.each(Object.keys(PLANTS))(
    'a local user: a policy.json that is %s is a problem that is said, and the strictest policy holds',
    async (plant) => {
      writeFileSync(victim, open);
      PLANTS[plant]!(join(folder, 'policy.json'));
      if (plant === 'a file of another user') writeFileSync(join(folder, 'policy.json'), open);
      const { policy, problems } = await load();
      expect(problems).toMatchObject([{ code: 'policy.file' }]);
      expect(policy).toEqual(STRICTEST_POLICY);
    },
    5000,
  );

  it('a local user: a policy.json in a folder that others may write, or that is a link, does not hold', async () => {
    writeFileSync(join(folder, 'policy.json'), open, { mode: 0o600 });
    expect((await load()).problems).toEqual([]);
    chmodSync(folder, 0o777);
    expect((await load()).problems).toMatchObject([{ message: expect.stringContaining('chmod go-w') }]);
    chmodSync(folder, 0o700);
    const link = join(place, 'link');
    symlinkSync(folder, link);
    const { problems } = (await PolicyFile.open({ folder: link, env: {} })).loaded;
    expect(problems).toMatchObject([{ code: 'policy.file', message: expect.stringContaining('is a link') }]);
  });

  it.runIf(isRoot)('may belong to root, which can change it in any case', async () => {
    // Root is this user here; that another user may read root's file is the same rule.
    writeFileSync(join(folder, 'policy.json'), open, { mode: 0o644 });
    expect((await load()).problems).toEqual([]);
  });

  it('a malicious file: a policy.json of a gigabyte is not read', async () => {
    execFileSync('truncate', ['-s', '1G', join(folder, 'policy.json')]);
    chmodSync(join(folder, 'policy.json'), 0o600);
    expect((await load()).problems).toMatchObject([{ code: 'policy.file' }]);
  });
});
