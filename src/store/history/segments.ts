import { readdir, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { missingIsNull, ownFolder } from '../own-files.ts';
import type { Disk } from '../tape/disk.ts';
import { replaceFile } from '../vault/replace-file.ts';
import { isNewer } from './newer-file.ts';

const NAME = /^segment-(\d{6,})\.qth$/;
const HEAD = /^querytape-history 1 (\d{1,15})$/;
/** Enough of a file to see its name and version. */
const HEAD_BYTES_MAX = 64;
const LF = 0x0a;

/** A file of the history. */
export interface SegmentStat {
  readonly name: string;
  readonly bytes: number;
  /** Of its newest record; milliseconds since 1970 UTC. */
  readonly writtenAt: number;
}

/** The first line of a file that is begun at that time. */
export function segmentHead(at: number): string {
  return `querytape-history 1 ${at}`;
}

/** When a file was begun, or null where its first line is none that this program knows. */
export function bornAtOf(head: string): number | null {
  const found = HEAD.exec(head)?.[1];
  return found === undefined ? null : Number(found);
}

/** The files of the history, oldest first. */
export class Segments {
  readonly folder: string;
  readonly #disk: Disk;

  constructor(folder: string, disk: Disk) {
    this.folder = folder;
    this.#disk = disk;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Creates the folder, private to the user, and undoes what a killed writer left unfinished. */
  async prepare(): Promise<void> {
    await ownFolder(this.folder);
    for (const name of await readdir(this.folder))
      if (name.endsWith('.new')) await this.#disk.unlink(this.path(name));
    await this.cutTorn();
  }

  async names(): Promise<string[]> {
    const found = (await readdir(this.folder).catch(missingIsNull)) ?? [];
    return found.filter((name) => NAME.test(name)).sort((a, b) => numberOf(a) - numberOf(b));
  }

  /** The name of the file after all that are there. */
  async next(): Promise<string> {
    const last = (await this.names()).at(-1);
    const number = last === undefined ? 1 : numberOf(last) + 1;
    return `segment-${String(number).padStart(6, '0')}.qth`;
  }

  /** A file's lines, without what stands after the last line feed; the first of a newer version's alone where it has none. Null where it is gone. */
  async lines(name: string): Promise<string[] | null> {
    const bytes = await readFile(this.path(name)).catch(missingIsNull);
    if (bytes === null) return null;
    const end = bytes.lastIndexOf(LF);
    // Latin-1, so that a damaged byte stays one, and places are counted right.
    const begin = bytes.toString('latin1', 0, HEAD_BYTES_MAX);
    if (end < 0) return isNewer(begin) ? [begin] : [];
    return bytes.toString('latin1', 0, end).split('\n');
  }

  async stats(): Promise<SegmentStat[]> {
    const stats: SegmentStat[] = [];
    for (const name of await this.names()) {
      const found = await stat(this.path(name)).catch(missingIsNull);
      if (found) stats.push({ name, bytes: found.size, writtenAt: found.mtimeMs });
    }
    return stats;
  }

  /** Puts other lines in a file's place, which keeps its age. */
  async replace(name: string, lines: readonly string[]): Promise<void> {
    const path = this.path(name);
    const { atime, mtime } = await stat(path);
    await replaceFile(this.#disk, path, Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
    await utimes(path, atime, mtime);
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const name of names) await unlink(this.path(name)).catch(missingIsNull);
    await this.#disk.syncFolder(this.folder);
  }

  /** Takes off the newest file what stands after its last line feed: a write that broke off, behind which no line could be read. */
  async cutTorn(): Promise<void> {
    const name = (await this.names()).at(-1);
    if (name === undefined) return;
    const bytes = await readFile(this.path(name));
    // What ends a line in a newer version is not known here.
    if (isNewer(bytes.toString('latin1', 0, HEAD_BYTES_MAX))) return;
    const end = bytes.lastIndexOf(LF) + 1;
    if (end === 0) return this.remove([name]);
    if (end === bytes.length) return;
    const file = await this.#disk.open(this.path(name));
    try {
      await file.truncate(end);
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}

function numberOf(name: string): number {
  return Number(NAME.exec(name)![1]);
}
