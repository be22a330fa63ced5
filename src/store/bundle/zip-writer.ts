import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';
import type { BundlePart } from '../../events/bundle.ts';
import { centralHeader, endRecord, LOCAL_BYTES, localHeader, type ZipEntry } from './zip-layout.ts';

/** Where a bundle's bytes go. */
export interface ZipTarget {
  write(bytes: Uint8Array, position: number): Promise<void>;
}

/** A file, whose handle stays the caller's. */
export function fileTarget(file: FileHandle): ZipTarget {
  return {
    async write(bytes, position) {
      for (let at = 0; at < bytes.length; )
        at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
    },
  };
}

/** Nowhere: what would be written is measured. */
export const MEASURED: ZipTarget = { write: async () => undefined };

/** Writes a bundle's ZIP as it comes, in memory of a chunk. An entry's header is written again once its size is known. */
export class ZipWriter {
  /** Where the next byte goes: the size of the file so far. */
  position = 0;
  private readonly entries: ZipEntry[] = [];

  constructor(
    private readonly target: ZipTarget,
    private readonly signal?: AbortSignal,
  ) {}

  /** Adds a file and returns what a manifest says of it. */
  async add(
    name: string,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    method: ZipEntry['method'] = 'deflated',
  ): Promise<BundlePart> {
    const offset = this.position;
    this.position += LOCAL_BYTES + name.length;
    const [hash, packedHash] = [createHash('sha256'), createHash('sha256')];
    let crc = 0;
    let bytes = 0;
    let packedBytes = 0;
    const read = async function* () {
      for await (const chunk of content) {
        crc = crc32(chunk, crc);
        bytes += chunk.length;
        hash.update(chunk);
        yield chunk;
      }
    };
    const write = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const chunk of chunks) {
        packedHash.update(chunk);
        packedBytes += chunk.length;
        await this.put(chunk);
      }
    };
    const { signal } = this;
    if (method === 'stored') await write(read());
    else await pipeline(read, createDeflateRaw(), write, signal ? { signal } : {});
    const entry = { name, method, crc, packedBytes, bytes, offset };
    await this.target.write(localHeader(entry), offset);
    this.entries.push(entry);
    return { name, bytes, sha256: hash.digest('hex'), packedBytes, packedSha256: packedHash.digest('hex') };
  }

  /** Writes the directory. Returns the size of the file. */
  async end(): Promise<number> {
    const directory = Buffer.concat(this.entries.map(centralHeader));
    const offset = this.position;
    await this.put(directory);
    await this.put(endRecord(this.entries.length, directory.length, offset));
    return this.position;
  }

  private async put(bytes: Uint8Array): Promise<void> {
    await this.target.write(bytes, this.position);
    this.position += bytes.length;
  }
}
