import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { KIB } from '../../events/limits.ts';
import { BUNDLE_BYTES_MAX, BUNDLE_PARTS_MAX } from '../limits.ts';
import { BundleError } from './bundle-error.ts';
import {
  CENTRAL_BYTES,
  CENTRAL_SIGNATURE,
  centralHeader,
  END_BYTES,
  END_SIGNATURE,
  endRecord,
  isRegular,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  localHeader,
  METHODS,
  ZIP64_LOCATOR_BYTES,
  ZIP64_LOCATOR_SIGNATURE,
  type ZipEntry,
} from './zip-layout.ts';

const CHUNK_BYTES = 64 * KIB;
/** A comment behind the end record can be this long, so that the record is looked for as far back where it does not end the file. */
const COMMENT_BYTES_MAX = 64 * KIB;
const NAME_BYTES_MAX = 64;
const NO_MORE_32 = 0xffff_ffff;
const NO_MORE_16 = 0xffff;
const IS_ENCRYPTED = 1;

const LAYOUT = 'is not laid out as Querytape writes a bundle';

/**
 * The entries of a bundle's ZIP, in the order of the file. Reads the directory and the headers alone, and compares every byte of them
 * with what a bundle has: there is no byte between entries, before or behind them, no second header that says something else, no
 * link, no encryption, no name twice.
 *
 * @param isName whether a bundle has a part of that name
 * @throws BundleError
 */
export async function readEntries(file: FileHandle, isName: (name: string) => boolean): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const { count, bytes, offset } = await readEnd(file, size);
  const directory = await readBytes(file, offset, bytes);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  let position = 0;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const entry = readCentral(directory, at, isName);
    if (names.has(entry.name))
      throw new BundleError('bundle.duplicate', `There are two parts named ${entry.name}`);
    names.add(entry.name);
    total += entry.bytes;
    if (total > BUNDLE_BYTES_MAX)
      throw new BundleError(
        'bundle.large',
        `It unpacks to more than a bundle may have, ${BUNDLE_BYTES_MAX} bytes`,
      );
    const expected = centralHeader(entry);
    if (entry.offset !== position || !expected.equals(directory.subarray(at, at + expected.length)))
      throw new BundleError('bundle.layout', `The file ${LAYOUT}: entry ${index + 1} of its directory`);
    at += expected.length;
    position += LOCAL_BYTES + entry.name.length + entry.packedBytes;
    const local = localHeader(entry);
    if (position > offset || !local.equals(await readBytes(file, entry.offset, local.length)))
      throw new BundleError('bundle.layout', `The file ${LAYOUT}: the header of ${entry.name}`);
    entries.push(entry);
  }
  if (at !== bytes || position !== offset)
    throw new BundleError('bundle.layout', `The file ${LAYOUT}: it has bytes that belong to no part`);
  return entries;
}

/** The end record, which has to be the last bytes of the file and to agree with its size. */
async function readEnd(
  file: FileHandle,
  size: number,
): Promise<{ count: number; bytes: number; offset: number }> {
  const begins = await readBytes(file, 0, Math.min(4, size));
  if (begins.length < 4 || begins.readUInt32LE() !== LOCAL_SIGNATURE)
    throw new BundleError('bundle.format', 'The file is not a bundle that Querytape has written');
  const back = Math.min(size, END_BYTES + COMMENT_BYTES_MAX);
  const tail = await readBytes(file, size - back, back);
  const start = back - END_BYTES;
  if (start < 0 || tail.readUInt32LE(start) !== END_SIGNATURE) {
    const signature = Buffer.alloc(4);
    signature.writeUInt32LE(END_SIGNATURE);
    const found = tail.indexOf(signature);
    // One that begins later is the end record without its last bytes.
    if (found >= 0 && found < start)
      throw new BundleError('bundle.trailing', 'Something stands behind the end of the bundle');
    throw new BundleError(
      'bundle.truncated',
      'The end of the bundle is missing. Copy or download the file again',
    );
  }
  const end = tail.subarray(start);
  const [count, bytes, offset] = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)];
  const locator = start - ZIP64_LOCATOR_BYTES;
  if (
    count === NO_MORE_16 ||
    bytes === NO_MORE_32 ||
    offset === NO_MORE_32 ||
    (locator >= 0 && tail.readUInt32LE(locator) === ZIP64_LOCATOR_SIGNATURE)
  )
    throw zip64();
  if (count > BUNDLE_PARTS_MAX)
    throw new BundleError('bundle.large', `It has ${count} parts; ${BUNDLE_PARTS_MAX} are the most`);
  if (!end.equals(endRecord(count, bytes, offset)))
    throw new BundleError('bundle.layout', `The file ${LAYOUT}: its end record`);
  if (offset + bytes !== size - END_BYTES || bytes > count * (CENTRAL_BYTES + NAME_BYTES_MAX))
    throw new BundleError(
      'bundle.layout',
      `The file ${LAYOUT}: its directory is not where its end record says`,
    );
  return { count, bytes, offset };
}

function zip64(): BundleError {
  return new BundleError('bundle.zip64', 'It claims the sizes of a ZIP64 file, which no bundle reaches');
}

/** What an entry of the directory says, as far as a bundle may say it. */
function readCentral(directory: Buffer, at: number, isName: (name: string) => boolean): ZipEntry {
  if (at + CENTRAL_BYTES > directory.length || directory.readUInt32LE(at) !== CENTRAL_SIGNATURE)
    throw new BundleError('bundle.layout', `The file ${LAYOUT}: its directory`);
  const nameBytes = directory.readUInt16LE(at + 28);
  const name = directory.toString('latin1', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
  if (!isName(name))
    throw new BundleError(
      'bundle.name',
      `No part of a bundle is named ${JSON.stringify(name.slice(0, NAME_BYTES_MAX))}`,
    );
  if ((directory.readUInt16LE(at + 8) & IS_ENCRYPTED) !== 0)
    throw new BundleError('bundle.encrypted', `${name} is encrypted`);
  const number = directory.readUInt16LE(at + 10);
  const method = (['stored', 'deflated'] as const).find((one) => METHODS[one] === number);
  if (method === undefined)
    throw new BundleError('bundle.method', `${name} is packed by method ${number}; a bundle uses deflate`);
  const [packedBytes, bytes, offset] = [20, 24, 42].map((where) => directory.readUInt32LE(at + where)) as [
    number,
    number,
    number,
  ];
  if ([packedBytes, bytes, offset].includes(NO_MORE_32)) throw zip64();
  if (!isRegular(directory.readUInt32LE(at + 38)))
    throw new BundleError('bundle.link', `${name} is not a regular file`);
  return { name, method, crc: directory.readUInt32LE(at + 16), packedBytes, bytes, offset };
}

/** The bytes of an entry as they stand in the file. */
async function* packedBytesOf(file: FileHandle, entry: ZipEntry): AsyncGenerator<Buffer> {
  const begins = entry.offset + LOCAL_BYTES + entry.name.length;
  for (let at = 0; at < entry.packedBytes; at += CHUNK_BYTES)
    yield await readBytes(file, begins + at, Math.min(CHUNK_BYTES, entry.packedBytes - at));
}

/**
 * Reads an entry through `take`, in chunks. Never gives more than the directory says, whatever the packed bytes unpack to.
 *
 * @param packed is given the bytes as they stand in the file
 * @throws BundleError where they are not what the directory says; what `take` throws
 */
export async function readEntry(
  file: FileHandle,
  entry: ZipEntry,
  take: (chunk: Buffer) => Promise<void>,
  packed: (chunk: Buffer) => void,
): Promise<void> {
  let crc = 0;
  let bytes = 0;
  const read = async function* () {
    for await (const chunk of packedBytesOf(file, entry)) {
      packed(chunk);
      yield chunk;
    }
  };
  const write = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > entry.bytes) throw damaged(entry);
      crc = crc32(chunk, crc);
      await take(chunk);
    }
  };
  if (entry.method === 'stored') {
    if (entry.bytes !== entry.packedBytes)
      throw new BundleError('bundle.layout', `The file ${LAYOUT}: ${entry.name}`);
    await write(read());
  } else {
    const inflate = createInflateRaw();
    await pipeline(read, inflate, write).catch((error: NodeJS.ErrnoException) => {
      throw error.code?.startsWith('Z_')
        ? new BundleError('bundle.crc', `${entry.name} can't be unpacked: it is damaged`)
        : error;
    });
    if (bytes === entry.bytes && crc === entry.crc && inflate.bytesWritten !== entry.packedBytes)
      throw new BundleError('bundle.trailing', `Something stands behind the end of ${entry.name}`);
  }
  if (bytes !== entry.bytes || crc !== entry.crc) throw damaged(entry);
}

function damaged({ name }: ZipEntry): BundleError {
  return new BundleError('bundle.crc', `${name} is damaged: its CRC-32 or its length is not what it was`);
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead !== length)
    throw new BundleError(
      'bundle.truncated',
      'The end of the bundle is missing. Copy or download the file again',
    );
  return bytes;
}
