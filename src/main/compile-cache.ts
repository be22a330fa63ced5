import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import module, { createRequire } from 'node:module';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { homeFolder, userFolder } from '../store/user-folder.ts';

/** The platform's folder for what a program can make again. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.QUERYTAPE_CACHE_DIR) return env.QUERYTAPE_CACHE_DIR;
  if (process.platform === 'darwin') return join(homeFolder(), 'Library', 'Caches', 'Querytape');
  if (process.platform === 'win32')
    return join(userFolder(env.LOCALAPPDATA, 'AppData', 'Local'), 'Querytape', 'cache');
  return join(userFolder(env.XDG_CACHE_HOME, '.cache'), 'querytape');
}

/** How long after the start the code that it has compiled is written: by then what every start needs is compiled, and little else. */
const SAVE_AFTER_MS = 3000;

/** Files of compiled code in the folder: those of a few versions. */
const COMPILED_FILES_MAX = 300;

/**
 * From now on the compiled code of the program's files that this process loads is written to a folder, from which the next start reads
 * it. Whoever could write there could run code as this user, so the folder is used only where no other user can.
 *
 * @param program the folder of the built program
 */
export function rememberCompiled(program: string, where: () => string = cacheFolder): void {
  const folder = process.env.NODE_DISABLE_COMPILE_CACHE ? null : ownFolder(where);
  if (folder === null) return;
  const files = new CompiledFiles(folder);
  const { extensions } = createRequire(import.meta.url);
  const load = extensions['.js']!;
  extensions['.js'] = (loaded, path) => {
    if (path.startsWith(program + sep) && !path.includes(`${sep}node_modules${sep}`, program.length))
      files.run(loaded, path);
    else load(loaded, path);
  };
  setTimeout(() => files.save(), SAVE_AFTER_MS).unref();
  process.once('exit', () => files.save());
}

/**
 * Makes the folder; null where another user can put anything in it, or another folder in its place, or where there is none to be had.
 * These are the rules of `store/own-files.ts`, asked without it: what is loaded before this can't be remembered.
 */
function ownFolder(where: () => string): string | null {
  try {
    const folder = resolve(where());
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    return found.isDirectory() && isOwn(found) && foldersAbove(folder).every(holdsItsFolders) ? folder : null;
  } catch {
    return null;
  }
}

/** This user's, and not to be written by others. Windows has the access list of the profile's folder for that. */
function isOwn({ uid, mode }: Stats): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function foldersAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}

/** Whether a folder in it stays there: every user may move one only where every user may write, unless that is sticky as /tmp is. */
function holdsItsFolders(folder: string): boolean {
  return process.getuid === undefined || (statSync(folder).mode & 0o1002) !== 0o002;
}

/** CRC-32 of the source and of the compiled code, before the code: V8 itself compares no more of a source than its length. */
const HEADER_BYTES = 8;

/** Source files of CommonJS whose compiled code lies in a folder. What can't be read or used there is compiled as ever. */
export class CompiledFiles {
  readonly #folder: string;
  readonly #fresh: { readonly name: string; readonly sourceCrc: number; readonly script: Script }[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs a file as `require` does. */
  run(loaded: NodeJS.Module, path: string): void {
    const source = readFileSync(path);
    const name = basename(path);
    const sourceCrc = crc32(source);
    const [before] = module.wrap('\0').split('\0');
    const cachedData = this.#read(name, sourceCrc);
    const script = new Script(module.wrap(source.toString('utf8')), {
      filename: path,
      columnOffset: -before!.length,
      ...(cachedData && { cachedData }),
    });
    if (!cachedData || script.cachedDataRejected) this.#fresh.push({ name, sourceCrc, script });
    const run = script.runInThisContext() as (...args: unknown[]) => void;
    run.call(loaded.exports, loaded.exports, createRequire(path), loaded, path, dirname(path));
  }

  /** Writes the code that was compiled in this process, with what has run of it by now. */
  save(): void {
    const fresh = this.#fresh.splice(0);
    if (fresh.length === 0) return;
    try {
      this.#makeRoom();
      for (const { name, sourceCrc, script } of fresh)
        this.#write(name, sourceCrc, script.createCachedData());
    } catch {
      // A start without it takes longer, and nothing else.
    }
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.compiled`);
  }

  #read(name: string, sourceCrc: number): Buffer | null {
    try {
      const path = this.#path(name);
      const found = lstatSync(path);
      if (!found.isFile() || !isOwn(found)) return null;
      const file = readFileSync(path);
      const code = file.subarray(HEADER_BYTES);
      return file.readUInt32LE(0) === sourceCrc && file.readUInt32LE(4) === crc32(code) ? code : null;
    } catch {
      return null;
    }
  }

  #write(name: string, sourceCrc: number, code: Buffer): void {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(sourceCrc, 0);
    header.writeUInt32LE(crc32(code), 4);
    const temporary = `${this.#path(name)}.${process.pid}`;
    writeFileSync(temporary, Buffer.concat([header, code]), { mode: 0o600 });
    renameSync(temporary, this.#path(name));
  }

  /** Removes the oldest files above the limit, such as those of earlier versions. */
  #makeRoom(): void {
    const files = readdirSync(this.#folder).map((name) => join(this.#folder, name));
    const oldestFirst = files.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
    for (const path of oldestFirst.slice(0, -COMPILED_FILES_MAX)) rmSync(path);
  }
}
