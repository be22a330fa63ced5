import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBundle } from '../../../../src/store/bundle/open-bundle.ts';
import { SigningKey } from '../../../../src/store/bundle/signing-key.ts';
import { writeBundle } from '../../../../src/store/bundle/write-bundle.ts';
import {
  CENTRAL_BYTES,
  centralHeader,
  endRecord,
  LOCAL_BYTES,
  localHeader,
  type ZipEntry,
} from '../../../../src/store/bundle/zip-layout.ts';
import { collectGarbage } from '../../collect-garbage.ts';
import { goldenTape } from '../../golden-tape.ts';
import { contentOf, makeTape, testFolder } from './bundle-folder.ts';

const folder = testFolder();
afterEach(() => vi.unstubAllEnvs());

let file: string;
let good: Buffer;
/** As its end record says. */
let directory: number;

beforeEach(async () => {
  vi.stubEnv('TMPDIR', folder.path);
  await makeTape(folder.path, goldenTape('cancels'));
  file = join(folder.path, 'a.qtape');
  await writeBundle(file, await contentOf(folder.path));
  good = readFileSync(file);
  directory = good.readUInt32LE(good.length - 6);
});

/** Changes a copy of the bundle, and opens that. */
async function opening(change: (bytes: Buffer) => Buffer | undefined) {
  const bytes = Buffer.from(good);
  writeFileSync(file, change(bytes) ?? bytes);
  const bundle = await openBundle(file);
  await bundle.close();
  return bundle.verdict;
}

interface Forged {
  readonly name: string;
  readonly content: Buffer;
  /** What its headers say otherwise. */
  readonly says?: Partial<ZipEntry>;
}

/** A ZIP as Querytape lays it out, of whatever parts. */
function zipOf(parts: readonly Forged[]): Buffer {
  const chunks: Buffer[] = [];
  const entries: ZipEntry[] = [];
  let offset = 0;
  for (const { name, content, says } of parts) {
    const method = says?.method ?? 'stored';
    const packed = method === 'stored' ? content : deflateRawSync(content);
    const entry: ZipEntry = {
      name,
      method,
      crc: crc32(content),
      packedBytes: packed.length,
      bytes: content.length,
      offset,
      ...says,
    };
    entries.push(entry);
    chunks.push(localHeader(entry), packed);
    offset += chunks.at(-2)!.length + packed.length;
  }
  const central = Buffer.concat(entries.map(centralHeader));
  return Buffer.concat([...chunks, central, endRecord(entries.length, central.length, offset)]);
}

const TAPE = 'tape/00000001.jsonl';

/** A bundle that is signed by another key and has these bytes as its tape. */
async function signedAround(tape: Buffer, manifestText?: (text: string) => string): Promise<Buffer> {
  const { manifest } = await writeBundle(file, await contentOf(folder.path));
  const text = `${JSON.stringify(
    { ...manifest, parts: [{ ...manifest.parts[0]!, name: TAPE, bytes: tape.length }] },
    null,
    2,
  )}\n`;
  const forged = Buffer.from(manifestText ? manifestText(text) : text);
  const signature = (await SigningKey.open(folder.path)).sign(forged);
  return zipOf([
    { name: TAPE, content: tape, says: { method: 'deflated' } },
    { name: 'manifest.json', content: forged },
    { name: 'signature.json', content: Buffer.from(`${JSON.stringify(signature, null, 2)}\n`) },
  ]);
}

describe('a bundle from elsewhere', () => {
  const part = { name: TAPE, content: Buffer.from('{}\n') };
  it.each<readonly [what: string, code: string, change: (bytes: Buffer) => Buffer | undefined]>([
    [
      'a file that is no ZIP',
      'bundle.format',
      () => Buffer.from('no zip, and long enough to have an end record'),
    ],
    ['an empty file', 'bundle.format', () => Buffer.alloc(0)],
    ['a name that leaves the folder', 'bundle.name', () => zipOf([{ ...part, name: '../../evil.jsonl' }])],
    ['an absolute name', 'bundle.name', () => zipOf([{ ...part, name: '/etc/passwd' }])],
    ['a name with a backslash', 'bundle.name', () => zipOf([{ ...part, name: 'tape\\00000001.jsonl' }])],
    ['a name that no part has', 'bundle.name', () => zipOf([{ ...part, name: 'run.sh' }])],
    ['a name with a drive', 'bundle.name', () => zipOf([{ ...part, name: 'C:/tape/00000001.jsonl' }])],
    [
      'a name that differs by case alone',
      'bundle.name',
      () => zipOf([part, { ...part, name: 'TAPE/00000001.JSONL' }]),
    ],
    [
      'a name with digits of another script',
      'bundle.name',
      () => zipOf([{ ...part, name: 'tape/0000000\u00b9.jsonl' }]),
    ],
    ['a name with NUL', 'bundle.name', () => zipOf([{ ...part, name: `${TAPE}\0` }])],
    [
      'a name that goes up and comes back',
      'bundle.name',
      () => zipOf([{ ...part, name: 'tape/../tape/00000001.jsonl' }]),
    ],
    [
      'another archive as its only part',
      'bundle.name',
      (bytes) => zipOf([{ name: 'inner.qtape', content: bytes }]),
    ],
    [
      'two entries over the same bytes',
      'bundle.layout',
      () => zipOf([part, { name: 'tape/00000002.jsonl', content: part.content, says: { offset: 0 } }]),
    ],
    [
      'an entry that ends behind the directory',
      'bundle.layout',
      () => zipOf([{ ...part, says: { packedBytes: 10_000 } }]),
    ],
    [
      'a data descriptor announced by the directory',
      'bundle.layout',
      (bytes) => {
        bytes.writeUInt16LE(8, directory + 8);
        return bytes;
      },
    ],
    [
      'a data descriptor announced by a local header alone',
      'bundle.layout',
      (bytes) => {
        bytes.writeUInt16LE(8, 6);
        return bytes;
      },
    ],
    [
      'an encrypted flag in a local header alone',
      'bundle.layout',
      (bytes) => {
        bytes.writeUInt16LE(1, 6);
        return bytes;
      },
    ],
    [
      'an extra field in its directory',
      'bundle.layout',
      (bytes) => {
        bytes.writeUInt16LE(4, directory + 30);
        return bytes;
      },
    ],
    [
      'a locator of a ZIP64 end record',
      'bundle.zip64',
      (bytes) => {
        const locator = Buffer.alloc(20);
        locator.writeUInt32LE(0x07064b50);
        return Buffer.concat([bytes.subarray(0, -22), locator, bytes.subarray(-22)]);
      },
    ],
    [
      'a program before its first part',
      'bundle.format',
      (bytes) => Buffer.concat([Buffer.from('#!/bin/sh\n'), bytes]),
    ],
    ['a name twice', 'bundle.duplicate', () => zipOf([part, part])],
    [
      'a link',
      'bundle.link',
      (bytes) => {
        bytes.writeUInt32LE((0o120777 << 16) >>> 0, directory + 38);
        return bytes;
      },
    ],
    [
      'an encrypted entry',
      'bundle.encrypted',
      (bytes) => {
        bytes.writeUInt16LE(1, directory + 8);
        return bytes;
      },
    ],
    [
      'a method other than deflate',
      'bundle.method',
      (bytes) => {
        bytes.writeUInt16LE(12, directory + 10);
        return bytes;
      },
    ],
    [
      'more than a bundle may have',
      'bundle.large',
      () => zipOf([{ ...part, says: { bytes: 0xffff_fff0, method: 'deflated' } }]),
    ],
    [
      'a bomb: more than its header says',
      'bundle.crc',
      () =>
        zipOf([
          {
            name: 'manifest.json',
            content: Buffer.alloc(32 * 1024 * 1024),
            says: { method: 'deflated', bytes: 1000 },
          },
          {
            name: 'signature.json',
            content: Buffer.alloc(32 * 1024 * 1024),
            says: { method: 'deflated', bytes: 1000 },
          },
        ]),
    ],
    [
      'a manifest of many megabytes',
      'bundle.large',
      () => zipOf([{ name: 'manifest.json', content: Buffer.alloc(2 * 1024 * 1024) }]),
    ],
    [
      'more parts than a bundle may have',
      'bundle.large',
      (bytes) => {
        bytes.writeUInt16LE(65_000, bytes.length - 12);
        bytes.writeUInt16LE(65_000, bytes.length - 14);
        return bytes;
      },
    ],
    [
      'sizes of ZIP64 in its end record',
      'bundle.zip64',
      (bytes) => {
        bytes.writeUInt32LE(0xffff_ffff, bytes.length - 6);
        return bytes;
      },
    ],
    [
      'sizes of ZIP64 in an entry',
      'bundle.zip64',
      (bytes) => {
        bytes.writeUInt32LE(0xffff_ffff, directory + 24);
        return bytes;
      },
    ],
    ['an end that is missing', 'bundle.truncated', (bytes) => bytes.subarray(0, bytes.length - 30)],
    ['a last byte that is missing', 'bundle.truncated', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['half an end', 'bundle.truncated', (bytes) => bytes.subarray(0, bytes.length - 18)],
    ['a half', 'bundle.truncated', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['a byte behind its end', 'bundle.trailing', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
    [
      'a byte between its parts',
      'bundle.layout',
      (bytes) => Buffer.concat([bytes.subarray(0, directory), Buffer.from('x'), bytes.subarray(directory)]),
    ],
    [
      'a local header that says another name than the directory',
      'bundle.layout',
      (bytes) => {
        bytes.write('X', 30, 'latin1');
        return bytes;
      },
    ],
    [
      'a wrong CRC',
      'bundle.crc',
      () => {
        const says = { crc: 1 };
        return zipOf([
          { name: 'manifest.json', content: Buffer.from('{}\n'), says },
          { name: 'signature.json', content: Buffer.from('{}\n'), says },
        ]);
      },
    ],
    [
      'parts that its manifest does not list',
      'bundle.manifest',
      () => {
        const from = (name: string) => ({ name, content: storedPart(name) });
        return zipOf([part, from('manifest.json'), from('signature.json')]);
      },
    ],
    ['no manifest', 'bundle.manifest', () => zipOf([part])],
  ])(
    'a malicious file: a bundle with %s is refused as %s',
    { tags: ['slow'] },
    async (_what, code, change) => {
      await expect(opening(change)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/^.{10,200} \(bundle\.\w+\)$/),
      });
      expect(leftBehind()).toEqual([]);
    },
  );

  it.each([
    ['wrong UTF-8', 'bundle.utf8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a])],
    ['a truncated character at its end', 'bundle.utf8', Buffer.from([0x7b, 0xe2, 0x82])],
    ['the key __proto__', 'bundle.keys', Buffer.from('{"__proto__":{"isAdmin":true}}\n')],
    ['an actor named constructor', 'bundle.keys', Buffer.from('{"seq":1,"actor":"constructor"}\n')],
    ['the key __proto__ in escapes', 'bundle.keys', Buffer.from('{"\\u005f_proto__":1}\n')],
  ])('a malicious file: a bundle whose tape has %s is refused as %s', async (_what, code, tape) => {
    const bytes = await signedAround(tape);
    await expect(opening(() => bytes)).rejects.toMatchObject({ code });
    expect(leftBehind()).toEqual([]);
  });

  it('a malicious file: a bundle of a billion events is given up after as many lines as a tape can have', {
    tags: ['slow'],
  }, async () => {
    const bytes = await signedAround(Buffer.alloc(17_000_000, '\n'));
    await expect(opening(() => bytes)).rejects.toMatchObject({ code: 'bundle.records' });
    expect(leftBehind()).toEqual([]);
  });

  it.each([
    ['a key of its own', (text: string) => text.replace('"format"', '"extra": 1,\n  "format"')],
    ['a value of another kind', (text: string) => text.replace('"format": 1', '"format": "1"')],
    ['blanks of its own', (text: string) => `${text}\n`],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['NUL behind it', (text: string) => `${text}\0`],
    ['a billion events written as 1e9', (text: string) => text.replace(/"records": \d+/, '"records": 1e9')],
    ['a number beyond every float', (text: string) => text.replace(/"records": \d+/, '"records": 1e999')],
    ['half a million open brackets', () => '['.repeat(500_000)],
    ['objects nested a hundred thousand deep', () => `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a part that is not there', (text: string) => text.replace(TAPE, 'tape/00000002.jsonl')],
    ['a part listed twice', (text: string) => listedTwice(text)],
  ])(
    'a malicious file: a bundle whose manifest has %s is refused',
    { tags: ['slow'] },
    async (_what, change) => {
      const bytes = await signedAround(Buffer.from('{}\n'), change);
      await expect(opening(() => bytes)).rejects.toMatchObject({ code: 'bundle.manifest' });
    },
  );

  it('a malicious file: a bundle that claims a billion events is opened as altered, and is read no further than it goes', async () => {
    const bytes = await signedAround(Buffer.from('{"seq":1}\n'), (text) =>
      text.replace(/"records": \d+/, '"records": 1000000000'),
    );
    expect(await opening(() => bytes)).toMatchObject({ verdict: 'altered' });
  });

  it('a malicious file: a bundle that unpacks to a thousand times its size is unpacked in the memory of a chunk', {
    tags: ['slow'],
  }, async () => {
    const bytes = await signedAround(Buffer.alloc(64 * 1024 * 1024));
    expect(bytes.length).toBeLessThan(128 * 1024);
    const bound = 48 * 1024 * 1024;
    const held = (): number => {
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      return arrayBuffers + heapUsed;
    };
    collectGarbage();
    const before = held();
    let most = 0;
    const watching = setInterval(() => {
      // What is garbage is not held, however long it waits to be collected.
      if (held() - before > bound) collectGarbage();
      most = Math.max(most, held() - before);
    }, 1);
    expect(await opening(() => bytes)).toMatchObject({ verdict: 'altered', parts: [TAPE] });
    clearInterval(watching);
    expect(most).toBeLessThan(bound);
    expect(leftBehind()).toEqual([]);
  });

  it.each([
    [
      'the key of another installation',
      { publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a' },
    ],
    ['no point of the curve as its key', { publicKey: 'ff'.repeat(32) }],
    ['a key of zeros', { publicKey: '00'.repeat(32) }],
    ['a signature of zeros', { signature: '00'.repeat(64) }],
  ])('a malicious file: a bundle signed with %s is called altered', async (_what, change) => {
    const signature = JSON.parse(String(storedPart('signature.json'))) as object;
    const text = `${JSON.stringify({ ...signature, ...change }, null, 2)}\n`;
    const tape = { name: TAPE, content: Buffer.from('{}\n') };
    const { manifest } = await writeBundle(file, await contentOf(folder.path));
    const parts = [{ ...manifest.parts[0]!, name: TAPE }];
    const manifestText = `${JSON.stringify({ ...manifest, parts }, null, 2)}\n`;
    const bytes = zipOf([
      tape,
      { name: 'manifest.json', content: Buffer.from(manifestText) },
      { name: 'signature.json', content: Buffer.from(text) },
    ]);
    expect(await opening(() => bytes)).toMatchObject({ verdict: 'altered' });
    expect(leftBehind()).toEqual([]);
  });

  it('calls a part damaged wherever a bit of what is packed differs', async () => {
    const packedAt = LOCAL_BYTES + good.readUInt16LE(26);
    const packedBytes = good.readUInt32LE(18);
    const codes = new Set<string>();
    for (let at = 0; at < packedBytes; at += 7) {
      const flipped = opening((bytes) => {
        bytes[packedAt + at]! ^= 1 << (at % 8);
        return bytes;
      });
      codes.add(
        await flipped.then(
          ({ verdict }) => verdict,
          ({ code }: { code: string }) => code,
        ),
      );
    }
    expect([...codes].filter((code) => !['bundle.crc', 'bundle.utf8'].includes(code))).toEqual([]);
  });

  it('says that a newer version wrote it', async () => {
    const bytes = await signedAround(Buffer.from('{}\n'), (text) =>
      text.replace('"format": 1', '"format": 2'),
    );
    await expect(opening(() => bytes)).rejects.toMatchObject({ code: 'bundle.newer' });
  });

  it('a malicious file: a bundle whose tape was replaced is called altered, whoever signed the manifest', async () => {
    const tape = Buffer.from('{"seq":1}\n');
    const verdict = await opening(() => undefined);
    const bytes = await signedAround(tape);
    expect(await opening(() => bytes)).toMatchObject({ verdict: 'altered', parts: [TAPE] });
    expect(verdict).toMatchObject({ verdict: 'signed' });
  });

  it('a malicious file: any byte of a bundle that is changed makes it refused or altered', {
    tags: ['slow'],
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const verdict = await opening((bytes) => {
          bytes[at]! ^= mask;
          return bytes;
        }).catch((error: { code?: string }) => error.code);
        if (typeof verdict === 'object') expect(verdict).toMatchObject({ verdict: 'altered' });
        else expect(verdict).toMatch(/^bundle\.[a-z0-9]+$/i);
      }),
      { numRuns: 100 },
    );
    expect(leftBehind()).toEqual([]);
  });
});

/** A manifest whose only part stands in its list twice. */
function listedTwice(text: string): string {
  const manifest = JSON.parse(text) as { parts: object[] };
  return `${JSON.stringify({ ...manifest, parts: [...manifest.parts, ...manifest.parts] }, null, 2)}\n`;
}

/** The content of a part of the good bundle that is stored as it is. */
function storedPart(name: string): Buffer {
  for (let at = directory; at < good.length - 22; ) {
    const nameBytes = good.readUInt16LE(at + 28);
    const found = good.toString('latin1', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
    const [bytes, offset] = [good.readUInt32LE(at + 24), good.readUInt32LE(at + 42)];
    if (found === name) return good.subarray(offset + 30 + nameBytes, offset + 30 + nameBytes + bytes);
    at += CENTRAL_BYTES + nameBytes;
  }
  throw new Error(`no ${name}`);
}

/** Folders that an opening has not removed. */
function leftBehind(): string[] {
  return readdirSync(folder.path).filter((name) => name.startsWith('querytape-replay-'));
}
