import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KNOWN_HOSTS_BYTES_MAX } from '../../../../src/drivers/limits.ts';
import { type PublicKey, publicKey } from '../../../../src/drivers/ssh/host-key.ts';
import {
  findHost,
  hashOf,
  type KnownHost,
  knownHostName,
  readKnownHost,
} from '../../../../src/drivers/ssh/known-hosts.ts';
import { addKnownHost } from '../../../../src/drivers/ssh/known-hosts-add.ts';
import { judgeHostKey, knownKeyTypes } from '../../../../src/drivers/ssh/known-hosts-verdict.ts';
import { randomArt } from '../../../../src/drivers/ssh/random-art.ts';
import { threadMs } from '../../thread-time.ts';

const run = promisify(execFile);
/** Generated files that are compared with ssh-keygen, a process for each. More of them are others. */
const FILES = Number(process.env.QUERYTAPE_KNOWN_HOSTS_FILES ?? 20);

const folder = mkdtempSync(join(tmpdir(), 'querytape-known-hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Public keys as known_hosts writes them: `ssh-ed25519 AAAA…`. */
const texts: string[] = [];
const keys: PublicKey[] = [];

function written(key: PublicKey): string {
  return `${key.keyType} ${Buffer.from(key.blob).toString('base64')}`;
}

beforeAll(async () => {
  const kinds = [
    ['ed25519'],
    ['ed25519'],
    ['ecdsa'],
    ['ecdsa', '-b', '521'],
    ['rsa', '-b', '1024'],
    ['rsa', '-b', '3072'],
  ];
  for (const [index, [type, ...bits]] of kinds.entries()) {
    const file = join(folder, `key-${index}`);
    await run('ssh-keygen', ['-q', '-t', type!, ...bits, '-N', '', '-f', file]);
    const [keyType, base64] = readFileSync(`${file}.pub`, 'utf8').split(' ');
    texts.push(`${keyType} ${base64}`);
    keys.push(publicKey(Buffer.from(base64!, 'base64'))!);
  }
});

describe('a key', () => {
  it('has the fingerprint and the random art that ssh-keygen prints', async () => {
    const file = join(folder, 'art');
    // Keys that no one has the other half of: what they look like depends on their bytes alone.
    const made = Array.from({ length: 60 }, (_, index) => {
      const point = Buffer.alloc(32, index * 37);
      point.writeUInt32BE(index * 7919, 3);
      return publicKey(Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0 '), point]))!;
    });
    const all = [...keys, ...made];
    writeFileSync(file, all.map((key) => `host ${written(key)}\n`).join(''));
    const { stdout } = await run('ssh-keygen', ['-lv', '-f', file]);
    const ours = all.map((key) => `${key.bits} ${key.fingerprint} host (${key.kind})\n${randomArt(key)}\n`);
    expect(stdout).toBe(ours.join(''));
    expect(keys.map(({ kind, bits }) => `${kind} ${bits}`)).toEqual([
      'ED25519 256',
      'ED25519 256',
      'ECDSA 256',
      'ECDSA 521',
      'RSA 1024',
      'RSA 3072',
    ]);
  });

  it('is not read from a blob that is cut, longer, or of another type than it says', () => {
    for (const { blob } of keys) {
      for (let length = 0; length < blob.length; length += 1)
        expect(publicKey(blob.subarray(0, length))).toBeNull();
      expect(publicKey(Buffer.concat([blob, Buffer.from([0])]))).toBeNull();
      expect(publicKey(Buffer.concat([blob, Buffer.from([0, 0, 0, 0])]))).toBeNull();
      const other = Buffer.from(blob);
      other[4] = 'x'.charCodeAt(0);
      expect(publicKey(other)).toBeNull();
    }
    expect(publicKey(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))).toBeNull();
  });
});

/** What a host's lines are, as ssh-keygen prints them: line, marker, key. */
function summary({ lines }: KnownHost): string[] {
  const words = { none: '', authority: 'CA', revoked: 'REVOKED' };
  return lines.map(({ line, marker, key }) => `${line} ${words[marker]} ${key.kind} ${key.fingerprint}`);
}

async function summaryOfKeygen(file: string, name: string): Promise<string[]> {
  const { stdout } = await run('ssh-keygen', ['-l', '-F', name, '-f', file]).catch((error) => error);
  const found = /^# Host .* found: line (\d+) (.*)\n\S+ (\S+) (\S+)/gm;
  return [...stdout.matchAll(found)].map(([, ...parts]) => parts.join(' '));
}

const NAMES = ['db', 'Db.Example', '10.0.0.7', '::1', 'fe80::1', 'a-b.example.com', 'bastion'];
const PORTS = [22, 22, 2222];

const pattern = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...PORTS))
      .map(([name, port]) => knownHostName(name, port)),
  },
  fc.constantFrom(
    '*',
    '*.example',
    'd?',
    '?*.*',
    '10.0.*',
    '[*]:2222',
    '*:2222',
    '[db]:*',
    '**b',
    'DB',
    '',
    '*a*b*',
    '[::1]:22',
  ),
);
const hosts = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.tuple(fc.boolean(), fc.boolean(), pattern).map(([a, b, text]) => `${a && b ? '!' : ''}${text}`),
        { minLength: 1, maxLength: 4 },
      )
      .map((all) => all.join(',')),
  },
  fc
    .tuple(
      fc.constantFrom(...NAMES),
      fc.constantFrom(...PORTS),
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
    )
    .map(([name, port, salt]) => hashOf(knownHostName(name, port), salt)),
  fc.constantFrom('|1|', '|1|AAAA|AAAA', '|2|x|y', '|', `${'x'.repeat(1100)},db`, `db,${'x'.repeat(1100)}`),
);
const blank = fc.constantFrom(' ', '\t', '  ', ' \t ');
const line = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({
        lead: fc.constantFrom('', '', '', ' ', '\t'),
        marker: fc.constantFrom('', '', '', '', '@revoked ', '@cert-authority ', '@Revoked ', '@other '),
        hosts,
        blank,
        key: fc.nat(5),
        damage: fc.nat(40),
        end: fc.constantFrom('', '', ' a comment', ' # more', '\r', ' x\r', '\t'),
      })
      .map((made) => {
        const text = texts[made.key]!;
        const [keyType, base64] = text.split(' ');
        const damaged: Record<number, string> = {
          0: keyType!,
          1: `ssh-rsa ${base64}!`,
          2: `${keyType} ${base64!.slice(0, -8)}`,
          3: `${texts[0]!.split(' ')[0]} ${base64}`,
          4: `${keyType} ${base64!.slice(0, -2)}`,
          5: '# nothing',
          6: `${keyType}\t ${base64}`,
          7: `${base64}`,
          8: `${keyType} ${base64!.replace(/.$/, '*')}`,
        };
        return `${made.lead}${made.marker}${made.hosts}${made.blank}${damaged[made.damage] ?? text}${made.end}`;
      }),
  },
  fc.constantFrom('', '# a comment', '   ', 'db', '@revoked', '\t# x', 'garbage line of words', '\r'),
);

describe('a file of known hosts', () => {
  it('is read as ssh-keygen reads it', { tags: ['slow'], timeout: 60_000 + FILES * 300 }, async () => {
    const files = fc.sample(
      fc.record({
        text: fc.array(line, { minLength: 20, maxLength: 40 }).map((lines) => lines.join('\n')),
        newline: fc.boolean(),
        name: fc.constantFrom(...NAMES),
        port: fc.constantFrom(...PORTS),
      }),
      { numRuns: FILES, seed: FILES },
    );
    let found = 0;
    const compare = async (
      { text, newline, name, port }: (typeof files)[number],
      index: number,
    ): Promise<void> => {
      const file = join(folder, `generated-${index % 8}`);
      writeFileSync(file, newline ? `${text}\n` : text);
      const [ours, plain, theirs] = [
        await readKnownHost([file], name, port),
        findHost(text.split('\n'), name, 22, file),
        await summaryOfKeygen(file, knownHostName(name, port)),
      ];
      const here = { ...ours, lines: ours.lines.filter((known) => !known.otherPort) };
      expect({ text, name, port, found: summary(here) }).toEqual({ text, name, port, found: theirs });
      const elsewhere = ours.lines.filter((known) => known.otherPort);
      if (port !== 22)
        expect(summary(plain)).toEqual(expect.arrayContaining(summary({ lines: elsewhere, skipped: 0 })));
      found += theirs.length;
    };
    for (let from = 0; from < files.length; from += 8)
      await Promise.all(files.slice(from, from + 8).map((each, index) => compare(each, from + index)));
    expect(found).toBeGreaterThan(FILES);
  });

  it('gives file and line of what it says, over several files, and counts the lines that can’t be read', async () => {
    const first = join(folder, 'first');
    const second = join(folder, 'second');
    writeFileSync(first, `# ours\n\ngarbage\nother ${texts[0]}\ndb ${texts[0]}\n`);
    writeFileSync(second, `|1|bad ${texts[2]}\n@revoked *.example,db ${texts[4]}\ndb ${texts[2]} `);
    const known = await readKnownHost([first, join(folder, 'absent'), second, first, '/dev/null'], 'DB', 22);
    expect(known.lines.map(({ file, line: at, marker, keyType }) => [file, at, marker, keyType])).toEqual([
      [first, 5, 'none', 'ssh-ed25519'],
      [second, 2, 'revoked', 'ssh-rsa'],
      [second, 3, 'none', 'ecdsa-sha2-nistp256'],
    ]);
    expect(known.skipped).toBe(2);
    expect(knownKeyTypes(known)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256']);
  });

  it('numbers its lines from 1 over all turns of a long file', async () => {
    const file = join(folder, 'long');
    const lines = Array.from(
      { length: 2500 },
      (_, index) => `${index === 2100 ? 'db' : `h${index}`} ${texts[0]}`,
    );
    writeFileSync(file, lines.join('\n'));
    expect((await readKnownHost([file], 'db', 22)).lines.map((known) => known.line)).toEqual([2101]);
  });

  it('a malicious file: a pattern of many stars takes no longer than its length', () => {
    const stars = `${'*a'.repeat(500)}b ${texts[0]}`;
    const before = threadMs();
    expect(findHost([stars], 'a'.repeat(255), 22, 'file').lines).toEqual([]);
    expect(threadMs() - before).toBeLessThan(1000);
  });

  it('fails where it is too large, a folder or a pipe, as it may revoke a key', async () => {
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.alloc(KNOWN_HOSTS_BYTES_MAX + 1, '#'));
    const pipe = join(folder, 'pipe');
    await run('mkfifo', [pipe]);
    for (const file of [large, folder, pipe])
      await expect(readKnownHost([file], 'db', 22)).rejects.toMatchObject({
        failure: { code: 'ssh.knownHostsUnreadable', message: expect.stringContaining(file) },
      });
  });
});

describe('the verdict on a key', () => {
  const verdict = (lines: readonly string[], key: number, port = 22) => {
    const { verdict, by, others, authorities } = judgeHostKey(
      findHost(lines, 'db', port, 'f'),
      keys[key]!.blob,
    );
    const at = (found: readonly { line: number }[]): number[] => found.map((known) => known.line);
    return [verdict, at(by), at(others), at(authorities)];
  };

  it('is known where the host has several keys and one is this', () => {
    expect(verdict([`db ${texts[0]}`, `db ${texts[1]}`, `db ${texts[2]}`], 1)).toEqual([
      'known',
      [2],
      [],
      [],
    ]);
  });

  it('is changed where other keys are known, of this type or of another', () => {
    expect(verdict([`db ${texts[0]}`], 1)).toEqual(['changed', [1], [], []]);
    expect(verdict([`x ${texts[1]}`, `db ${texts[0]}`, `db ${texts[4]}`], 2)).toEqual([
      'changed',
      [2, 3],
      [],
      [],
    ]);
  });

  it('is unknown where no key is known, or only an authority', () => {
    expect(verdict(['', `x ${texts[0]}`], 0)).toEqual(['unknown', [], [], []]);
    expect(verdict([`@cert-authority * ${texts[0]}`], 0)).toEqual(['unknown', [], [], [1]]);
    expect(verdict([`@revoked db ${texts[1]}`], 0)).toEqual(['unknown', [], [], []]);
  });

  it('is revoked before all else, also by a line for other ports', () => {
    expect(verdict([`db ${texts[0]}`, `@revoked * ${texts[0]}`], 0)).toEqual(['revoked', [2], [], []]);
    expect(verdict([`[db]:2222 ${texts[0]}`, `@revoked db ${texts[0]}`], 0, 2222)).toEqual([
      'revoked',
      [2],
      [],
      [],
    ]);
  });

  it('takes a key that is known without the port, and only shows another one', () => {
    expect(verdict([`db ${texts[0]}`], 0, 2222)).toEqual(['known', [1], [1], []]);
    expect(verdict([`db ${texts[0]}`], 1, 2222)).toEqual(['unknown', [], [1], []]);
    expect(verdict([`[db]:2222 ${texts[0]}`], 0)).toEqual(['unknown', [], [], []]);
  });
});

describe('adding a key', () => {
  it('writes it hashed, for this user alone, where ssh-keygen finds it', async () => {
    const file = join(folder, 'ours');
    writeFileSync(file, `other ${texts[0]}`, { mode: 0o644 });
    chmodSync(file, 0o644);
    await addKnownHost(file, 'Bastion', 2222, keys[0]!);
    await addKnownHost(file, 'bastion', 22, keys[2]!);
    expect(readFileSync(file, 'utf8')).not.toMatch(/bastion/i);
    expect(await summaryOfKeygen(file, '[bastion]:2222')).toEqual([`2  ED25519 ${keys[0]!.fingerprint}`]);
    expect(await summaryOfKeygen(file, 'bastion')).toEqual([`3  ECDSA ${keys[2]!.fingerprint}`]);
    expect(await summaryOfKeygen(file, 'other')).toEqual([`1  ED25519 ${keys[0]!.fingerprint}`]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps all of many at a time, and each once', async () => {
    const file = join(folder, 'many');
    const hosts = Array.from({ length: 12 }, (_, index) => `h${index % 6}`);
    await Promise.all(hosts.map((host) => addKnownHost(file, host, 22, keys[0]!)));
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(6);
  });

  it('a local user: a link in the place of our known hosts is neither followed nor replaced', async () => {
    const target = join(folder, 'target');
    const link = join(folder, 'link');
    writeFileSync(target, 'before');
    symlinkSync(target, link);
    await expect(addKnownHost(link, 'db', 22, keys[0]!)).rejects.toMatchObject({
      failure: { code: 'ssh.knownHostsNotWritten' },
    });
    expect(readFileSync(target, 'utf8')).toBe('before');
    await addKnownHost(target, 'db', 22, keys[0]!);
  });
});
