import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * A file's bytes; none of a device such as /dev/null. It is opened without waiting: a pipe that nothing writes to would hold one of the
 * process's few threads for files, until its end and beyond.
 *
 * @param check what else is wrong with it, thrown
 * @param flags of open(2), besides those for reading
 * @throws Error for a folder, a pipe, a socket, and a file of more than `bytesMax`
 */
export async function readBounded(
  path: string,
  bytesMax: number,
  check: (found: Stats) => void = () => {},
  flags = 0,
): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | flags);
  try {
    const found = await handle.stat();
    if (found.isCharacterDevice()) return Buffer.alloc(0);
    if (!found.isFile()) throw new Error('it is not a file');
    if (found.size > bytesMax) throw new Error('it is too large');
    check(found);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
