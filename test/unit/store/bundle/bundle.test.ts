import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { Replay } from '../../../../src/actors/replay.ts';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { openBundle } from '../../../../src/store/bundle/open-bundle.ts';
import { SigningKey } from '../../../../src/store/bundle/signing-key.ts';
import { measureBundle, writeBundle } from '../../../../src/store/bundle/write-bundle.ts';
import { readTape, verifyTape } from '../../../../src/store/tape/tape.ts';
import { goldenTape } from '../../golden-tape.ts';
import { contentOf, makeTape, testFolder } from './bundle-folder.ts';

const folder = testFolder();

async function recordsOf(tape: string): Promise<Envelope[]> {
  const records: Envelope[] = [];
  for await (const some of readTape(tape)) records.push(...some);
  return records;
}

async function proved(tape: string) {
  const replay = new Replay();
  for (const record of await recordsOf(tape)) replay.step(record);
  return replay.report();
}

it('replays to the same states as the tape it was made of', async () => {
  await makeTape(folder.path, goldenTape('cancels'));
  const file = join(folder.path, 'a.qtape');
  const { bytes } = await writeBundle(file, await contentOf(folder.path));
  expect(bytes).toBe(statSync(file).size);
  const bundle = await openBundle(file);
  expect(await proved(bundle.folder)).toEqual(await proved(join(folder.path, 'tape')));
  expect(bundle.verdict).toEqual({
    verdict: 'signed',
    fingerprint: (await SigningKey.open(folder.path)).fingerprint,
  });
  expect(bundle.part('summary.txt')).toContain('events of the tape');
  await bundle.close();
  expect(() => readdirSync(bundle.folder)).toThrow('ENOENT');
});

it('has lines of a log, counted in its manifest, and none where there is none', async () => {
  await makeTape(folder.path, goldenTape('statements'));
  const content = await contentOf(folder.path);
  const line = { level: 'info', time: '2026-01-01T00:00:00.000Z', msg: 'm', 'event.name': 'n' } as const;
  const file = join(folder.path, 'a.qtape');
  const withLog = await writeBundle(file, { ...content, log: [line, line] });
  expect(withLog.manifest.logLines).toBe(2);
  const text = Buffer.from(unzipSync(readFileSync(file))['log.jsonl']!).toString();
  expect(text).toBe(`${JSON.stringify(line)}\n`.repeat(2));
  const opened = await openBundle(file);
  expect(opened.verdict.verdict).toBe('signed');
  await opened.close();
  const { manifest } = await writeBundle(file, content);
  expect(manifest).not.toHaveProperty('logLines');
  expect(Object.keys(unzipSync(readFileSync(file)))).not.toContain('log.jsonl');
});

it('is a ZIP that other programs read, with a chain of its own over several segments', async () => {
  await makeTape(folder.path, goldenTape('statements'), 4096);
  const file = join(folder.path, 'a.qtape');
  const { manifest } = await writeBundle(file, { ...(await contentOf(folder.path)), segmentBytes: 4096 });
  expect(manifest.parts.filter(({ name }) => name.startsWith('tape/')).length).toBeGreaterThan(2);
  const files = unzipSync(readFileSync(file));
  expect(Object.keys(files)).toEqual([
    ...manifest.parts.map(({ name }) => name),
    'manifest.json',
    'signature.json',
  ]);
  expect(JSON.parse(Buffer.from(files['manifest.json']!).toString())).toEqual(manifest);
  for (const { name, bytes } of manifest.parts) expect(files[name]).toHaveLength(bytes);
  const bundle = await openBundle(file);
  expect(await verifyTape(bundle.folder)).toMatchObject({ ok: true, records: manifest.records });
  await bundle.close();
});

it('measures without writing what it then writes', async () => {
  await makeTape(folder.path, goldenTape('statements'));
  const content = await contentOf(folder.path);
  const measured = await measureBundle(content);
  expect(readdirSync(folder.path).sort()).toEqual(['bundle-key.pem', 'tape']);
  expect(await writeBundle(join(folder.path, 'a.qtape'), content)).toEqual(measured);
});

it('has the records of a span by seq and by time, with the seqs of the tape', async () => {
  const golden = goldenTape('statements');
  await makeTape(folder.path, golden);
  const all = await recordsOf(join(folder.path, 'tape'));
  const open = async (selection: Parameters<typeof contentOf>[1]) => {
    await writeBundle(join(folder.path, 'a.qtape'), await contentOf(folder.path, selection));
    const bundle = await openBundle(join(folder.path, 'a.qtape'));
    const records = await recordsOf(bundle.folder);
    const report = await proved(bundle.folder);
    await bundle.close();
    return { records, report, manifest: bundle.manifest! };
  };
  const bySeq = await open({ fromSeq: 10, toSeq: 30 });
  expect(bySeq.records.map(({ seq }) => seq)).toEqual(all.slice(9, 30).map(({ seq }) => seq));
  expect(bySeq.report).toMatchObject({ matched: true });
  expect(bySeq.report.unproven).toBeGreaterThan(0);
  expect(bySeq.manifest.earlierActors).toBeGreaterThan(0);
  const [fromAt, toAt] = [all[20]!.at, all[25]!.at];
  const byTime = await open({ fromAt, toAt });
  expect(byTime.records.map(({ seq }) => seq)).toEqual(
    all.filter(({ at }) => at >= fromAt && at <= toAt).map(({ seq }) => seq),
  );
});

it('has of a chosen session each record, proven from its creation, and of another nothing', async () => {
  const golden = goldenTape('statements');
  const text = golden.map((record) => JSON.stringify(record)).join('\n');
  const other = text.replace(/"(session|query|script|run)-(\d+)/g, '"$1-9$2');
  const both = [...golden, ...other.split('\n').map((line) => JSON.parse(line) as Envelope)];
  await makeTape(folder.path, both);
  const sessionId = golden.find(({ kind }) => kind === 'session')!.actor;
  const file = join(folder.path, 'a.qtape');
  const { manifest } = await writeBundle(file, await contentOf(folder.path, { sessions: [sessionId] }));
  expect(manifest.earlierActors).toBe(0);
  const bundle = await openBundle(file);
  const report = await proved(bundle.folder);
  expect(report).toMatchObject({ matched: true, unproven: 0 });
  const records = await recordsOf(bundle.folder);
  expect(JSON.stringify(records)).not.toContain(sessionId.replace('-', '-9'));
  const own = golden
    .filter(({ kind }) => kind !== 'workspace')
    .map(({ actor, event }) => [actor, event.type]);
  expect(
    records
      .filter(({ kind }) => kind !== 'workspace' && kind !== 'tape')
      .map(({ actor, event }) => [actor, event.type]),
  ).toEqual(own);
  await bundle.close();
  await expect(
    writeBundle(file, await contentOf(folder.path, { sessions: ['ses-none'] })),
  ).rejects.toMatchObject({
    code: 'bundle.session',
  });
  await expect(writeBundle(file, await contentOf(folder.path, { fromSeq: 99_999 }))).rejects.toMatchObject({
    code: 'bundle.empty',
  });
});

it('has what is whole of a damaged tape, and says where it is damaged', async () => {
  await makeTape(folder.path, goldenTape('statements'), 4096);
  const path = join(folder.path, 'tape/00000002.jsonl');
  const bytes = readFileSync(path);
  bytes[bytes.indexOf(10) + 40]! ^= 1;
  writeFileSync(path, bytes);
  const file = join(folder.path, 'a.qtape');
  const { manifest } = await writeBundle(file, await contentOf(folder.path));
  expect(manifest.source).toMatchObject({ ok: false });
  expect(manifest.source.damages[0]).toMatchObject({ segment: 2, line: 2, code: 'line.crc' });
  const bundle = await openBundle(file);
  expect(await verifyTape(bundle.folder)).toMatchObject({ ok: true });
  expect(bundle.part('summary.txt')).toContain('damaged');
  await bundle.close();
});

it('opens a tape’s folder and a data folder, whose chain alone can be checked', async () => {
  await makeTape(folder.path, goldenTape('cancels'));
  for (const source of [folder.path, join(folder.path, 'tape')])
    expect(await openBundle(source)).toMatchObject({
      folder: join(folder.path, 'tape'),
      manifest: null,
      verdict: { verdict: 'unsigned' },
    });
  mkdirSync(join(folder.path, 'empty'));
  await expect(openBundle(join(folder.path, 'empty'))).rejects.toMatchObject({ code: 'tape.absent' });
});

it('signs with a key that only this user can read, and that is the same at each export', async () => {
  const { fingerprint } = await SigningKey.open(folder.path);
  const path = join(folder.path, 'bundle-key.pem');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await SigningKey.open(folder.path)).fingerprint).toBe(fingerprint);
  expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  const der = execFileSync('openssl', ['pkey', '-in', path, '-pubout', '-outform', 'DER']);
  const digest = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der });
  expect(fingerprint).toBe(`SHA256:${digest.toString('base64').replace('=', '')}`);
  writeFileSync(path, 'no key');
  await expect(SigningKey.open(folder.path)).rejects.toMatchObject({ code: 'bundle.key' });
});

it('a local user: a link under the name of the bundle is not followed, and what it leads to stays', async () => {
  await makeTape(folder.path, goldenTape('cancels'));
  const target = join(folder.path, 'mine');
  writeFileSync(target, 'mine');
  symlinkSync(target, join(folder.path, 'a.qtape'));
  const content = await contentOf(folder.path);
  await expect(writeBundle(join(folder.path, 'a.qtape'), content)).rejects.toMatchObject({
    code: 'bundle.output',
  });
  expect(readFileSync(target, 'utf8')).toBe('mine');
});
