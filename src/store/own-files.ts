import { randomUUID } from 'node:crypto';
import { constants, promises, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Write permission of group and others. */
const OTHERS_WRITE = 0o022;
/** Of a folder: only its owner, and a file's own, may rename or remove the file. */
const STICKY = 0o1000;
/** Absent on Windows, where the profile folder's access list does this work. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NO_WAIT = constants.O_NONBLOCK ?? 0;

/**
 * A file or folder that another user may have made, may change, or that leads elsewhere. The message says
 * what to type.
 */
export class UnsafeFileError extends Error {
  readonly code = 'file.unsafe';

  constructor(message: string) {
    super(message);
    this.name = 'UnsafeFileError';
  }
}

/** Who may own a file: this user; with `system` also root, which can do as it likes in any case. */
interface Owners {
  readonly system?: boolean;
}

/**
 * What is wrong with a file or folder as `lstat` reports it, and what to type; null where only this user can
 * change it.
 */
function unsafeIn(
  path: string,
  found: Stats,
  kind: 'file' | 'folder',
  { system = false }: Owners,
): string | null {
  if (found.isSymbolicLink())
    return `${path} is a link. Put the ${kind} itself there, or name the place it leads to.`;
  if (kind === 'file' ? !found.isFile() : !found.isDirectory())
    return `${path} is not a regular ${kind}. Move it away.`;
  const uid = process.getuid?.();
  if (uid === undefined) return null;
  if (found.uid !== uid && !(system && found.uid === 0))
    return `${path} belongs to another user (uid ${found.uid}). If its content is yours, type: sudo chown ${kind === 'folder' ? '-R ' : ''}$(id -u) '${path}'`;
  if ((found.mode & OTHERS_WRITE) !== 0)
    return `Other users may write ${path}. Look through ${kind === 'folder' ? 'what is in it' : 'it'}, then type: chmod go-w '${path}'`;
  return null;
}

/** @throws UnsafeFileError */
function assertOwn(path: string, found: Stats, kind: 'file' | 'folder', owners: Owners = {}): void {
  const unsafe = unsafeIn(path, found, kind, owners);
  if (unsafe !== null) throw new UnsafeFileError(unsafe);
}

/**
 * Makes a folder that only this user can enter, or makes sure of one that is there, before anything in it is
 * read: it and everything that stands directly in it are this user's, no links, and not writable by others.
 * From then on no other user can put anything there. What others may only read is narrowed to mode 0700.
 * @throws UnsafeFileError, or the disk's error
 */
export async function ownFolder(path: string): Promise<void> {
  await makeFolder(path);
  const found = await promises.lstat(path);
  assertOwn(path, found, 'folder');
  if (process.getuid === undefined) return;
  if ((found.mode & 0o077) !== 0) await promises.chmod(path, 0o700);
  for (const name of await promises.readdir(path)) {
    const inside = join(path, name);
    // What goes in between is another program's temporary file.
    const entry = await promises.lstat(inside).catch(missingIsNull);
    if (entry !== null) assertOwn(inside, entry, entry.isDirectory() ? 'folder' : 'file');
  }
}

/**
 * Makes a folder that only this user can enter, with those above it; leaves what is there already. Node's own recursive way calls a
 * full disk and a read-only one ENOENT.
 * @throws the disk's error
 */
export async function makeFolder(path: string): Promise<void> {
  const made = await makeOne(path);
  if (made || dirname(path) === path) return;
  await makeFolder(dirname(path));
  if (!(await makeOne(path))) await promises.lstat(path);
}

/** Makes a folder that only this user can enter, in the one above it. Whether it is there now; false where the one above it is not. */
export async function makeOne(path: string): Promise<boolean> {
  try {
    await promises.mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    // A file system may call a folder that is there read-only before it calls it there.
    if ((await promises.lstat(path).catch(() => null)) === null) throw error;
    return true;
  }
}

/**
 * Makes sure that no other user can put another folder in the place of `path`: none may write a folder above
 * it, unless that is sticky, as /tmp is.
 * @throws UnsafeFileError, or the disk's error
 */
export async function assertPlace(path: string): Promise<void> {
  if (process.getuid === undefined) return;
  for (let at = resolve(path); at !== dirname(at); ) {
    at = dirname(at);
    const found = await promises.stat(at).catch(missingIsNull);
    if (found !== null && (found.mode & 0o002) !== 0 && (found.mode & STICKY) === 0)
      throw new UnsafeFileError(
        `Every user may write ${at}, and so put another folder in the place of ${path}. Choose another place, or type: chmod o-w '${at}'`,
      );
  }
}

/**
 * Makes sure of a folder that is there or not, such as another program may have made. False where it is not.
 * @throws UnsafeFileError
 */
export async function isOwnFolder(path: string, owners: Owners = {}): Promise<boolean> {
  const found = await promises.lstat(path).catch(missingIsNull);
  if (found === null) return false;
  assertOwn(path, found, 'folder', owners);
  return true;
}

/**
 * Reads a small file of this user's, whole. Null where there is none. Waits for no pipe, opens no device and
 * follows no link.
 * @param bytesMax a longer file is EFBIG
 * @throws UnsafeFileError, or the disk's error
 */
export async function readOwnFile(
  path: string,
  bytesMax: number,
  owners: Owners = {},
): Promise<Buffer | null> {
  const file = await openOwn(path, owners);
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    if (size > bytesMax)
      throw Object.assign(new Error(`${path} has ${size} bytes; ${bytesMax} are the most.`), {
        code: 'EFBIG',
      });
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function openOwn(path: string, owners: Owners): Promise<promises.FileHandle | null> {
  // Looked at first, as opening a device can do something, and again once it is open, as the name may lead
  // elsewhere by then.
  const found = await promises.lstat(path).catch(missingIsNull);
  if (found === null) return null;
  assertOwn(path, found, 'file', owners);
  const file = await promises.open(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT).catch(missingIsNull);
  if (file === null) return null;
  try {
    assertOwn(path, await file.stat(), 'file', owners);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens a file of this user's to read and write, mode 0600. Follows no link.
 * @param more flags of open(2) beside these
 * @param make whether it is made where it is not there
 * @throws UnsafeFileError, or the disk's error
 */
export async function openOwnFile(path: string, more = 0, make = true): Promise<promises.FileHandle> {
  const flags = constants.O_RDWR | (make ? constants.O_CREAT : 0) | NO_FOLLOW | NO_WAIT | more;
  const file = await promises.open(path, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw new UnsafeFileError(`${path} is a link. Put the file itself there.`);
    throw error;
  });
  try {
    assertOwn(path, await file.stat(), 'file');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens a file that is not there yet, mode 0600. What stands under the name, a link too, is removed first.
 */
export async function createOwnFile(path: string): Promise<promises.FileHandle> {
  await promises.unlink(path).catch(missingIsNull);
  return promises.open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
}

/**
 * Puts a small file in place at once, as `putOwnFile` does.
 * @throws the system's error, whose `path` is this one
 */
export async function writeOwnFile(path: string, content: string | Uint8Array): Promise<void> {
  await putOwnFile(path, (file) => file.writeFile(content));
}

/**
 * Puts a file in place at once, mode 0600: written aside under a new name by `write`, then renamed. A link under the name is replaced.
 * @throws what `write` throws; the system's error, whose `path` is this one
 */
export async function putOwnFile<T>(
  path: string,
  write: (file: promises.FileHandle) => Promise<T>,
): Promise<T> {
  const aside = `${path}.${randomUUID()}.new`;
  try {
    const file = await createOwnFile(aside);
    let written: T;
    try {
      written = await write(file);
      // A rename that outlives a power cut must not lead to an empty file.
      await file.datasync();
    } finally {
      await file.close();
    }
    await promises.rename(aside, path);
    return written;
  } catch (error) {
    await promises.unlink(aside).catch(() => undefined);
    // The name aside says nothing to the user.
    if ((error as NodeJS.ErrnoException).path === aside) Object.assign(error as Error, { path });
    throw writeFailedAt(path, error);
  }
}

/** An error of a write with the path of its file or folder, as Node gives it none; any other, such as of a read elsewhere, as it is. */
export function writeFailedAt(path: string, error: unknown): unknown {
  const { path: named, syscall = 'read' } = error as NodeJS.ErrnoException;
  return named === undefined && syscall !== 'read' ? Object.assign(error as Error, { path }) : error;
}

/** For `catch`: null where there is no such file. @throws any other error */
export function missingIsNull(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
