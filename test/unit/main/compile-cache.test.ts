import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire, Module } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { CompiledFiles, cacheFolder, rememberCompiled } from '../../../src/main/compile-cache.ts';

let program: string;
let folder: string;
let file: string;
beforeEach(() => {
  program = mkdtempSync(join(tmpdir(), 'program-'));
  folder = join(program, 'cache');
  mkdirSync(folder, { mode: 0o700 });
  file = join(program, 'main.js');
});

/** Runs the file with `source` as a start of the program does, and saves what it compiled. Gives what the file exports. */
function start(source: string, path = file): unknown {
  writeFileSync(path, source);
  const files = new CompiledFiles(folder);
  const loaded = new Module(path);
  files.run(loaded, path);
  files.save();
  return loaded.exports;
}

const compiled = () => join(folder, 'main.js.compiled');

/** Makes the file of compiled code recognisable: to write it again changes its time. */
function age(): void {
  utimesSync(compiled(), 1000, 1000);
}
const isAged = () => statSync(compiled()).mtimeMs === 1_000_000;

it('runs a file as require does', () => {
  writeFileSync(join(program, 'part.js'), 'exports.part = 1;');
  const exported = start(
    `"use strict";
exports.parts = [require('./part.js').part, __filename, __dirname, this === module.exports, require.resolve('./part.js')];`,
  );
  expect(exported).toEqual({ parts: [1, file, program, true, join(program, 'part.js')] });
});

it('says of an error where it was raised, as the file itself has it', () => {
  const { raise } = start('exports.raise = () => { throw new Error("no"); };') as { raise: () => void };
  expect(raise).toThrow();
  try {
    raise();
  } catch (error) {
    expect((error as Error).stack).toContain(`${file}:1:31`);
  }
});

it('uses what an earlier start has compiled, and writes nothing then', () => {
  expect(start('exports.one = 1;')).toEqual({ one: 1 });
  age();
  expect(start('exports.one = 1;')).toEqual({ one: 1 });
  expect(isAged()).toBe(true);
});

it('runs a file that was changed, even to one of the same length', () => {
  start('exports.one = 1;');
  expect(start('exports.one = 2;')).toEqual({ one: 2 });
  expect(start('exports.one = 2;')).toEqual({ one: 2 });
});

it.each([
  ['is cut off', () => truncateSync(compiled(), statSync(compiled()).size - 1)],
  ['is empty', () => truncateSync(compiled(), 0)],
  [
    'has a byte that was changed',
    () => {
      const bytes = readFileSync(compiled());
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(compiled(), bytes);
    },
  ],
  [
    'is another program’s',
    () => {
      const other = join(folder, 'other.js.compiled');
      start('exports.one = 3;', join(program, 'other.js'));
      writeFileSync(compiled(), readFileSync(other));
    },
  ],
  ['may be written by others', () => chmodSync(compiled(), 0o666)],
])('compiled code whose file %s is not used, and is written again', (_, spoil) => {
  start('exports.one = 1;');
  spoil();
  age();
  expect(start('exports.one = 1;')).toEqual({ one: 1 });
  expect(isAged()).toBe(false);
  age();
  start('exports.one = 1;');
  expect(isAged()).toBe(true);
});

it('compiles again, and writes, what another version of V8 compiled', () => {
  // V8 does not look at compiled code of a source that it has in this process: it has not this one.
  const source = 'exports.one = 5;';
  start('exports.one = 4;');
  const file = readFileSync(compiled());
  file[8 + 4]! ^= 1;
  file.writeUInt32LE(crc32(source), 0);
  file.writeUInt32LE(crc32(file.subarray(8)), 4);
  writeFileSync(compiled(), file);
  age();
  expect(start(source)).toEqual({ one: 5 });
  expect(isAged()).toBe(false);
});

it('runs where the folder can’t be written', () => {
  rmSync(folder, { recursive: true });
  expect(start('exports.one = 1;')).toEqual({ one: 1 });
});

it('has a limit, above which the oldest files go', () => {
  for (let index = 0; index < 310; index++) {
    const old = join(folder, `part-${String(index).padStart(3, '0')}.js.compiled`);
    writeFileSync(old, '');
    utimesSync(old, 1000 + index, 1000 + index);
  }
  start('exports.one = 1;');
  const left = readdirSync(folder).sort();
  expect([left.length, left[0], left[1], left.at(-1)]).toEqual([
    301,
    'main.js.compiled',
    'part-010.js.compiled',
    'part-309.js.compiled',
  ]);
});

const { extensions } = createRequire(import.meta.url);

/** Whether `rememberCompiled` takes the folder. */
function isTaken(place: string): boolean {
  const before = extensions['.js'];
  onTestFinished(() => {
    extensions['.js'] = before;
    vi.useRealTimers();
  });
  rememberCompiled(program, () => place);
  return extensions['.js'] !== before;
}

it('makes its folder, which no other user can enter', () => {
  const place = join(program, 'a', 'cache');
  expect(isTaken(place)).toBe(true);
  expect(statSync(place).mode & 0o777).toBe(0o700);
});

it.each([
  ['that others may write', () => chmodSync(folder, 0o777)],
  ['that the group may write', () => chmodSync(folder, 0o770)],
  ['below one that everyone may write', () => chmodSync(program, 0o777)],
  [
    'that a link leads to',
    () => {
      rmSync(folder, { recursive: true });
      symlinkSync(mkdtempSync(join(tmpdir(), 'elsewhere-')), folder);
    },
  ],
  [
    'that is a file',
    () => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, '');
    },
  ],
])('a local user: a folder of compiled code %s is not used', (_, change) => {
  change();
  expect(isTaken(folder)).toBe(false);
});

it('starts where the system knows no home of the user', () => {
  const before = extensions['.js'];
  rememberCompiled(program, () => {
    throw new Error('uv_os_homedir');
  });
  expect(extensions['.js']).toBe(before);
});

it('remembers the program’s own files alone, some seconds after the start', () => {
  vi.useFakeTimers();
  const other = mkdtempSync(join(tmpdir(), 'other-'));
  mkdirSync(join(program, 'node_modules'));
  const theirs = [join(other, 'x.js'), join(program, 'node_modules', 'y.js')];
  for (const path of theirs) writeFileSync(path, 'exports.x = 1;');
  writeFileSync(file, 'exports.one = 1;');
  expect(isTaken(folder)).toBe(true);
  const require = createRequire(file);
  for (const path of theirs) expect(require(path)).toEqual({ x: 1 });
  expect(require(file)).toEqual({ one: 1 });
  expect(readdirSync(folder)).toEqual([]);
  vi.advanceTimersByTime(3000);
  expect(readdirSync(folder)).toEqual(['main.js.compiled']);
});

it('lies where the platform has what can be made again', () => {
  expect(cacheFolder({ QUERYTAPE_CACHE_DIR: '/c' })).toBe('/c');
  if (process.platform === 'linux')
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'querytape'));
});
