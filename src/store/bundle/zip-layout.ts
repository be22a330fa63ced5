// The one way in which a bundle's ZIP is laid out (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16): entries one after another from
// the first byte, the central directory, its end record, and nothing else. Every byte of a header follows from the entry, so a reader
// computes what has to be there and compares.

/** `stored` is as it is, `deflated` is RFC 1951; the numbers of section 4.4.5. */
export const METHODS = { stored: 0, deflated: 8 } as const;

/** A file inside the ZIP. */
export interface ZipEntry {
  readonly name: string;
  readonly method: keyof typeof METHODS;
  /** CRC-32 of its content. */
  readonly crc: number;
  /** As they are in the file. */
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its local header begins. */
  readonly offset: number;
}

export const LOCAL_SIGNATURE = 0x04034b50;
export const CENTRAL_SIGNATURE = 0x02014b50;
export const END_SIGNATURE = 0x06054b50;
export const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
/** Before the end record, where a file has more than 32 bits can say. */
export const ZIP64_LOCATOR_BYTES = 20;

const VERSION_NEEDED = 20;
/** Written on Unix, so that what unpacks it knows the mode. */
const MADE_BY = (3 << 8) | VERSION_NEEDED;
/** 1 January 1980, the first day there is: the time of writing is in the manifest. */
const DOS_DATE = (1 << 5) | 1;
/** A regular file that only its owner reads. */
const MODE = 0o100600;

/** Whether a name is that of a regular file by the mode that `central` gives it; a link has another one. */
export function isRegular(externalAttributes: number): boolean {
  return externalAttributes >>> 16 === MODE;
}

/** What stands before an entry's bytes. */
export function localHeader(entry: ZipEntry): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES);
  header.writeUInt32LE(LOCAL_SIGNATURE, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  writeCommon(header, 8, entry);
  return Buffer.concat([header, Buffer.from(entry.name, 'latin1')]);
}

/** An entry of the central directory. */
export function centralHeader(entry: ZipEntry): Buffer {
  const header = Buffer.alloc(CENTRAL_BYTES);
  header.writeUInt32LE(CENTRAL_SIGNATURE, 0);
  header.writeUInt16LE(MADE_BY, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  writeCommon(header, 10, entry);
  header.writeUInt32LE((MODE << 16) >>> 0, 38);
  header.writeUInt32LE(entry.offset, 42);
  return Buffer.concat([header, Buffer.from(entry.name, 'latin1')]);
}

/** What both headers say in the same order. */
function writeCommon(header: Buffer, at: number, { method, crc, packedBytes, bytes, name }: ZipEntry): void {
  header.writeUInt16LE(METHODS[method], at);
  header.writeUInt16LE(DOS_DATE, at + 4);
  header.writeUInt32LE(crc, at + 6);
  header.writeUInt32LE(packedBytes, at + 10);
  header.writeUInt32LE(bytes, at + 14);
  header.writeUInt16LE(name.length, at + 18);
}

/** The last bytes of the file. */
export function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(END_BYTES);
  record.writeUInt32LE(END_SIGNATURE, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}
