import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { History } from '../../../../src/store/history/history.ts';
import { HistoryKeys } from '../../../../src/store/history/history-keys.ts';
import { HISTORY_SEGMENT_BYTES, HISTORY_TEXT_UNITS_MAX } from '../../../../src/store/limits.ts';
import { nodeDisk } from '../../../../src/store/tape/disk.ts';
import { canary, found } from '../../../canary.ts';
import { FaultyDisk } from '../tape/faulty-disk.ts';
import { codeOf, newFolder, openVault, passphrase } from '../vault/vault-support.ts';
import {
  DAY,
  filesIn,
  openTexts,
  type Place,
  segmentsOf,
  statement,
  succeeded,
  textsIn,
  wish,
} from './texts-support.ts';

async function made(): Promise<Place> {
  const place = await openTexts();
  await place.vault.create({ passphrase: passphrase() });
  return place;
}

async function run(place: Place, queryId: string, text: string): Promise<void> {
  place.texts.history.submitted([statement(queryId, text, { at: Math.round(place.now) })]);
  await place.texts.history.written();
  place.texts.history.ended(succeeded(queryId));
}

/** As after a restart of the program. */
async function again(place: Place): Promise<Place> {
  await place.texts.close();
  const next = await openTexts(place.folder);
  if (next.vault.state === 'locked') await next.vault.unlock(passphrase());
  return next;
}

describe('the history', () => {
  it('gives back what was run and how it ended, newest first, after a restart too', async () => {
    const place = await made();
    const failure = { code: '42P01', source: 'server', message: 'relation "x" does not exist' } as const;
    place.texts.history.submitted([
      statement('q1', 'select 1'),
      statement('q2', 'select * from x', { params: ['7', null] }),
    ]);
    place.texts.history.ended({ ...succeeded('q1'), cut: 'rowLimit', afterCancel: 'unknown' });
    place.texts.history.ended({ queryId: 'q2', outcome: 'failed', serverMs: 3, rows: null, failure });
    place.texts.history.submitted([statement('q3', 'select 3 — läuft 😀')]);
    const { entries, more, problems } = await place.texts.history.page(wish());
    expect({ more, problems }).toEqual({ more: false, problems: [] });
    expect(entries).toMatchObject([
      {
        queryId: 'q3',
        text: 'select 3 — läuft 😀',
        outcome: null,
        serverMs: null,
        rows: null,
        failure: null,
      },
      { queryId: 'q2', outcome: 'failed', serverMs: 3, failure, params: ['7', null] },
      {
        queryId: 'q1',
        outcome: 'succeeded',
        serverMs: 1.5,
        rows: 2,
        cut: 'rowLimit',
        afterCancel: 'unknown',
        profileName: 'Shop',
      },
    ]);
    const after = await again(place);
    await run(after, 'q4', 'select 4');
    expect((await after.texts.history.page(wish())).entries.slice(1)).toEqual(entries);
    expect(await textsIn(after, { count: 1 })).toEqual(['select 4']);
    expect(segmentsOf(place.folder)).toHaveLength(1);
  });

  it('is searched by words that all have to stand in the text or the name, by profile and by ending', async () => {
    const place = await made();
    place.texts.history.submitted([
      statement('a', 'SELECT Name FROM customers'),
      statement('b', 'select name from orders', { profileId: 'p2', profileName: 'Lager Süd' }),
      statement('c', 'delete from orders'),
    ]);
    place.texts.history.ended(succeeded('a'));
    expect(await textsIn(place, { search: 'name  FROM' })).toEqual([
      'select name from orders',
      'SELECT Name FROM customers',
    ]);
    expect(await textsIn(place, { search: 'orders süd' })).toEqual(['select name from orders']);
    expect(await textsIn(place, { search: 'nowhere from' })).toEqual([]);
    expect(await textsIn(place, { profileId: 'p1' })).toEqual([
      'delete from orders',
      'SELECT Name FROM customers',
    ]);
    expect(await textsIn(place, { outcome: 'succeeded' })).toEqual(['SELECT Name FROM customers']);
  });

  it('comes page by page over its files, and says when it does not go on', { tags: ['slow'] }, async () => {
    const place = await made();
    const filler = 'x'.repeat(HISTORY_TEXT_UNITS_MAX - 100);
    for (let i = 0; i < 30; i++) {
      place.texts.history.submitted([statement(`q${i}`, `${i} ${filler}`)]);
      await place.texts.history.written();
    }
    expect(segmentsOf(place.folder).length).toBeGreaterThan(1);
    const seen: string[] = [];
    let before: string | null = null;
    for (let more = true; more; ) {
      const page = await place.texts.history.page(wish({ before, count: 7 }));
      seen.push(...page.entries.map(({ queryId }) => queryId));
      more = page.more;
      before = seen.at(-1)!;
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => `q${29 - i}`));
    expect(await codeOf(place.texts.history.page(wish({ before: 'gone' })))).toBe('history.unknown');
  });

  it('keeps a long text cut, and says so in a way that can’t be run', async () => {
    const place = await made();
    await run(place, 'q', `delete from t where ${'x'.repeat(HISTORY_TEXT_UNITS_MAX)}`);
    const [text] = await textsIn(place);
    expect(text!.length).toBeLessThan(HISTORY_TEXT_UNITS_MAX + 200);
    expect(text).toMatch(/\n<<< Cut here: the history keeps \d+ of \d+ characters\. >>>$/);
  });

  it('records while the vault is locked, and is read once it is unlocked', async () => {
    const place = await made();
    await run(place, 'q1', 'select 1');
    place.vault.lock();
    await run(place, 'q2', 'select 2');
    expect(await codeOf(place.texts.history.page(wish()))).toBe('vault.locked');
    expect(await codeOf(place.texts.history.delete(['q1']))).toBe('vault.locked');
    await place.texts.close();
    const locked = await openTexts(place.folder);
    await run(locked, 'q3', 'select 3');
    expect(await codeOf(locked.texts.history.page(wish()))).toBe('vault.locked');
    await locked.vault.unlock(passphrase());
    expect(await textsIn(locked)).toEqual(['select 3', 'select 2', 'select 1']);
  });

  it('writes nothing while the policy says so, and keeps what is there', async () => {
    const place = await made();
    await run(place, 'q1', 'select 1');
    await place.texts.history.written();
    place.texts.history.submitted([statement('q2', 'select 2')]);
    await place.texts.history.written();
    const before = readFileSync(segmentsOf(place.folder)[0]!);
    place.policy = { ...place.policy, historyEnabled: false };
    await run(place, 'q3', 'select 3');
    place.texts.history.ended(succeeded('q2'));
    await place.texts.history.written();
    expect(readFileSync(segmentsOf(place.folder)[0]!)).toEqual(before);
    expect(await textsIn(place)).toEqual(['select 2', 'select 1']);
  });

  it('is for its owner alone', async () => {
    const place = await made();
    await run(place, 'q1', 'select 1');
    await place.texts.drafts.save({ tabId: 't', profileId: 'p', text: 'x' });
    for (const name of ['history', 'drafts'])
      expect(statSync(join(place.folder, name)).mode & 0o777).toBe(0o700);
    for (const name of ['history', 'drafts'])
      for (const [path] of filesIn(join(place.folder, name)))
        expect(statSync(path).mode & 0o777, path).toBe(0o600);
  });
});

describe('what is taken out of the history', () => {
  it('is gone from its file, and leaves the rest as it was', async () => {
    const place = await made();
    for (const id of ['a', 'b', 'c']) await run(place, id, `select '${id}'`);
    await place.texts.history.written();
    const lines = () => readFileSync(segmentsOf(place.folder)[0]!, 'latin1').split('\n');
    const before = lines();
    const gone = before.filter((line) => /^[se] [23] /.test(line));
    expect(gone).toHaveLength(2);
    expect(await place.texts.history.delete(['b', 'nowhere'])).toBe(1);
    const after = lines();
    expect(after.join('\n')).not.toContain(gone[0]!.split(' ')[2]);
    expect(after.join('\n')).not.toContain(gone[1]!.split(' ')[2]);
    expect(after.filter((line) => !line.startsWith('x '))).toEqual(
      before.filter((line) => !gone.includes(line)),
    );
    const { entries, problems } = await place.texts.history.page(wish());
    expect(entries.map(({ text }) => text)).toEqual(["select 'c'", "select 'a'"]);
    expect(problems).toEqual([]);
    await run(place, 'd', 'select 4');
    expect(await textsIn(await again(place))).toEqual(['select 4', "select 'c'", "select 'a'"]);
  });

  it('is looked for from the newest file on, and in none that is older', async () => {
    const place = await made();
    for (const id of ['a', 'b', 'c']) {
      place.texts.history.submitted([statement(id, `select '${id}'`, { at: place.now })]);
      await place.texts.history.written();
      // The next day has a file of its own, which begins with the end.
      place.now += DAY;
      place.texts.history.ended(succeeded(id));
      await place.texts.history.written();
    }
    const files = segmentsOf(place.folder);
    expect(files).toHaveLength(4);
    // Whoever reads it fails.
    rmSync(files[0]!);
    mkdirSync(files[0]!);
    expect(await place.texts.history.delete(['c', 'b'])).toBe(2);
    const left = files.slice(1).map(
      (file) =>
        readFileSync(file, 'latin1')
          .match(/^[se] /gm)
          ?.join('') ?? '',
    );
    expect(left).toEqual(['e ', '', '']);
  });

  it('does not come back by the end of what still runs', async () => {
    const place = await made();
    place.texts.history.submitted([statement('a', 'select 1'), statement('b', 'select 2')]);
    await place.texts.history.delete(['a']);
    expect(await place.texts.history.purge()).toBe(1);
    place.texts.history.ended(succeeded('a'));
    place.texts.history.ended(succeeded('b'));
    await place.texts.history.written();
    expect(segmentsOf(place.folder)).toEqual([]);
  });

  it('is everything after a purge, locked or not, plain or sealed', async () => {
    const place = await made();
    const word = canary();
    for (const id of ['a', 'b']) await run(place, id, `select '${word}'`);
    await place.texts.history.written();
    const sealed = readFileSync(segmentsOf(place.folder)[0]!, 'latin1')
      .split('\n')
      .slice(2, -1)
      .map((line) => line.split(' ')[2]!);
    expect(sealed).toHaveLength(4);
    place.vault.lock();
    expect(await place.texts.history.purge()).toBe(2);
    await place.texts.close();
    for (const [path, bytes] of filesIn(place.folder)) {
      expect(found(bytes, [word]), path).toEqual([]);
      for (const piece of sealed) expect(bytes.includes(piece), path).toBe(false);
    }
    const after = await openTexts(place.folder);
    await after.vault.unlock(passphrase());
    await run(after, 'c', 'select 3');
    expect(await textsIn(after)).toEqual(['select 3']);
  });
});

describe('the files of the history', () => {
  it('hold nothing in clear', async () => {
    const place = await made();
    const [text, param, words, name, draft] = Array.from({ length: 5 }, canary) as [string, ...string[]];
    place.texts.history.submitted([
      statement('q', `select '${text}'`, { params: [param!], profileName: name! }),
    ]);
    const failure = { code: 'X', source: 'server', message: words!, detail: words! } as const;
    place.texts.history.ended({ queryId: 'q', outcome: 'failed', serverMs: 1, rows: 0, failure });
    await place.texts.drafts.save({ tabId: 't', profileId: 'p', title: draft!, text: draft! });
    const { entries } = await place.texts.history.page(wish());
    expect(JSON.stringify([entries, await place.texts.drafts.list()])).toContain(draft);
    expect(found(JSON.stringify(entries), [text, param!, words!, name!])).not.toEqual([]);
    await place.texts.close();
    const files = filesIn(place.folder);
    expect(files.map(([path]) => path).filter((path) => /\.(qth|qtd)$/.test(path))).toHaveLength(2);
    for (const [path, bytes] of files)
      expect(found(bytes, [text, param!, words!, name!, draft!]), path).toEqual([]);
  });

  it('are cut at the last whole record, wherever a write broke off', {
    tags: ['slow'],
  }, async () => {
    const place = await made();
    await run(place, 'a', 'select 1');
    await run(place, 'b', 'select 2');
    await place.texts.close();
    const path = segmentsOf(place.folder)[0]!;
    const whole = readFileSync(path);
    const lines = whole.toString('latin1').split('\n');
    const key = { text: await privateKeyOf(place) };
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const history = await withKey(place.folder, key.text);
      const { entries, problems } = await history.page(wish());
      const records = whole.toString('latin1', 0, length).split('\n').slice(2, -1);
      expect(problems, String(length)).toEqual([]);
      expect(entries, String(length)).toHaveLength(records.filter((line) => line.startsWith('s ')).length);
      expect(entries.filter(({ outcome }) => outcome !== null)).toHaveLength(
        records.filter((line) => line.startsWith('e ')).length,
      );
      if (existsSync(path)) expect(readFileSync(path, 'latin1')).toMatch(/\n$/);
      // What is written next stands on a line of its own, and is read.
      if (length % 40 === 0) {
        history.submitted([statement('z', 'select 26')]);
        const after = await history.page(wish());
        expect(after.entries[0]).toMatchObject({ text: 'select 26' });
        expect(after.entries).toHaveLength(entries.length + 1);
        expect(after.problems).toEqual([]);
      }
      await history.close();
      for (const written of segmentsOf(place.folder)) rmSync(written);
    }
    expect(lines.length).toBeGreaterThan(5);
  });

  it('tell where they are damaged, and give the rest, whichever bit is another', {
    tags: ['slow'],
  }, async () => {
    const place = await made();
    for (const id of ['a', 'b', 'c']) place.texts.history.submitted([statement(id, `select '${id}'`)]);
    await place.texts.close();
    const path = segmentsOf(place.folder)[0]!;
    const whole = readFileSync(path);
    const starts = [0, ...[...whole.keys()].filter((at) => whole[at - 1] === 10)];
    const text = await privateKeyOf(place);
    const all = ["select 'c'", "select 'b'", "select 'a'"];
    for (let at = 0; at < whole.length - 1; at++) {
      const line = starts.findLastIndex((start) => start <= at);
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const history = await withKey(place.folder, text);
      const { entries, problems } = await history.page(wish());
      const texts = entries.map((entry) => entry.text);
      // Nothing is ever given that was not written.
      expect(all).toEqual(expect.arrayContaining(texts));
      const inKey = line === 1 || at === starts[1]! - 1;
      // A line feed that is gone takes two lines with it; without the stretch's key none can be read.
      const least = inKey ? 0 : whole[at] === 10 ? 1 : 2;
      expect(texts.length, String(at)).toBeGreaterThanOrEqual(least);
      expect(texts.length === 3 || problems.length > 0, String(at)).toBe(true);
      // Base64 has bits that it does not use.
      if (texts.length === 3 && line > 1) expect(problems, String(at)).toEqual([]);
      const places = (inKey ? [] : problems)
        .flatMap(({ message }) => /byte (\d+)/.exec(message)?.slice(1) ?? [])
        .map(Number);
      expect(starts.filter((start) => start <= at)).toEqual(expect.arrayContaining(places));
      await history.close();
    }
  });

  it('tell of lines that were taken out, put in again, or moved to another file', async () => {
    const place = await made();
    for (const id of ['a', 'b', 'c']) place.texts.history.submitted([statement(id, `select '${id}'`)]);
    await place.texts.close();
    const path = segmentsOf(place.folder)[0]!;
    const lines = readFileSync(path, 'latin1').split('\n');
    const key = await privateKeyOf(place);
    const readAs = async (changed: string[]) => {
      writeFileSync(path, changed.join('\n'));
      const history = await withKey(place.folder, key);
      const { entries, problems } = await history.page(wish());
      await history.close();
      return [entries.length, problems.map(({ code }) => code)];
    };
    const [head, stretch, a, b, c] = lines as [string, string, string, string, string];
    expect(await readAs([head, stretch, a, c, ''])).toEqual([2, ['history.damaged']]);
    expect(await readAs([head, stretch, a, b, b, c, ''])).toEqual([3, ['history.damaged']]);
    expect(await readAs([head, stretch, b, a, c, ''])).toEqual([2, ['history.damaged']]);
    expect(await readAs([head, stretch, a.replace('s', 'e'), b, c, ''])).toEqual([2, ['history.damaged']]);
    expect(await readAs([head, a, b, c, ''])).toEqual([0, ['history.damaged']]);
    expect(await readAs(lines)).toEqual([3, []]);
  });

  it('go when they are older than the policy allows', async () => {
    const place = await made();
    place.policy = { ...place.policy, historyAgeMaxMs: 10 * DAY };
    await run(place, 'old', 'select 1');
    await place.texts.history.written();
    const [first] = segmentsOf(place.folder);
    const old = (place.now - 5 * DAY) / 1000;
    utimesSync(first!, old, old);
    place.now += 2 * DAY;
    await run(place, 'new', 'select 2');
    await place.texts.history.written();
    expect(segmentsOf(place.folder)).toHaveLength(2);
    await place.texts.history.sweep();
    expect(segmentsOf(place.folder)).toHaveLength(2);
    place.now += 4 * DAY;
    await place.texts.history.sweep();
    expect(segmentsOf(place.folder)).toHaveLength(1);
    expect(await textsIn(place)).toEqual(['select 2']);
    // Not shown either while its file still stands.
    place.now += 9 * DAY;
    expect(await textsIn(place)).toEqual([]);
    place.policy = { ...place.policy, historyAgeMaxMs: null };
    expect(await textsIn(place)).toEqual(['select 2']);
  });

  it('go, oldest first, when they are too many bytes or statements', { tags: ['slow'] }, async () => {
    const folder = newFolder();
    const vault = await openVault(folder);
    const keys = await HistoryKeys.open(folder, vault, nodeDisk);
    const policy = () => ({ historyEnabled: true, historyAgeMaxMs: null });
    const limits = { bytesMax: 2.5 * HISTORY_SEGMENT_BYTES, entriesMax: 1000 };
    const options = { folder: join(folder, 'history'), keys, disk: nodeDisk, policy, now: Date.now };
    const history = await History.open({ ...options, ...limits });
    const filler = 'x'.repeat(HISTORY_TEXT_UNITS_MAX - 10);
    for (let i = 0; i < 60; i++) {
      history.submitted([statement(`q${i}`, filler)]);
      await history.written();
    }
    await history.sweep();
    const bytes = segmentsOf(folder).reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes).toBeLessThanOrEqual(limits.bytesMax);
    expect(bytes).toBeGreaterThan(HISTORY_SEGMENT_BYTES);
    expect((await history.page(wish())).entries[0]).toMatchObject({ queryId: 'q59' });
    await history.close();
    const few = await History.open({ ...options, entriesMax: 5 });
    await few.sweep();
    expect(segmentsOf(folder)).toHaveLength(1);
    await few.close();
  });

  it('that can not be written stop nothing, and are reported', async () => {
    const place = await made();
    await run(place, 'a', 'select 1');
    await place.texts.close();
    const after = await openTexts(place.folder, {
      disk: {
        ...nodeDisk,
        open: (path) => (path.endsWith('.qth') ? Promise.reject(full()) : nodeDisk.open(path)),
      },
    });
    await after.vault.unlock(passphrase());
    await run(after, 'b', 'select 2');
    await after.texts.history.written();
    const { entries, problems } = await after.texts.history.page(wish());
    expect(entries.map(({ queryId }) => queryId)).toEqual(['a']);
    expect(problems).toEqual([
      {
        code: 'history.notKept',
        message: '2 records could not be stored since the start. The disk is full (ENOSPC). Make room on it.',
      },
    ]);
  });

  it('take an end with the next statement, or soon without one', async () => {
    const disk = new FaultyDisk();
    const place = await openTexts(newFolder(), { disk });
    await run(place, 'a', 'select 1');
    const before = disk.log.length;
    const writes = () => disk.log.slice(before).filter((operation) => operation === 'write').length;
    await run(place, 'b', 'select 2');
    await run(place, 'c', 'select 3');
    expect(writes()).toBe(2);
    await vi.waitFor(() => expect(writes()).toBe(3), { timeout: 20_000 });
    const { entries } = await place.texts.history.page(wish());
    expect(entries.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(writes()).toBe(3);
  });

  it.each([
    ['alone', (folder: string) => segmentsOf(folder)],
    ['with their keys', (folder: string) => filesIn(join(folder, 'history')).map(([path]) => path)],
    ['with their folder', (folder: string) => [join(folder, 'history')]],
  ])('that are deleted while they are written, %s, are begun again', async (_, deleted) => {
    const place = await made();
    await run(place, 'a', 'select 1');
    await place.texts.history.written();
    for (const path of deleted(place.folder)) rmSync(path, { recursive: true });
    await run(place, 'b', 'select 2');
    await run(place, 'c', 'select 3');
    expect(await textsIn(place)).toEqual(['select 3', 'select 2']);
    expect(segmentsOf(place.folder)).toHaveLength(1);
  });

  it('are none once their folder is deleted, and what is run then is read after a restart, without a vault too', async () => {
    const place = await openTexts();
    await run(place, 'a', 'select 1');
    await place.texts.history.written();
    rmSync(join(place.folder, 'history'), { recursive: true });
    expect(await textsIn(place)).toEqual([]);
    expect(await place.texts.history.purge()).toBe(0);
    await run(place, 'b', 'select 2');
    await place.texts.history.written();
    expect(await textsIn(await openTexts(place.folder))).toEqual(['select 2']);
  });

  it.each([
    ['that are half written by a full disk lose that batch alone', null],
    ['that are half written and can not be taken back lose that batch alone', 'EIO'],
  ])('%s', async (_, truncate) => {
    const disk = new FaultyDisk();
    const place = await openTexts(newFolder(), { disk });
    await run(place, 'a', 'select 1');
    await place.texts.history.written();
    disk.tearAfter = 100;
    if (truncate !== null) disk.fails.set('truncate', truncate);
    await run(place, 'b', 'select 2');
    await place.texts.history.written();
    disk.fails.clear();
    await run(place, 'c', 'select 3');
    const { entries, problems } = await place.texts.history.page(wish());
    expect(entries.map(({ queryId }) => queryId)).toEqual(['c', 'a']);
    expect(problems).toEqual([
      {
        code: 'history.notKept',
        message: expect.stringMatching(
          /^\d+ records? could not be stored since the start \(\w+\)\. New ones are stored again\.$/,
        ),
      },
    ]);
  });
});

function full(): Error {
  return Object.assign(new Error('no space'), { code: 'ENOSPC' });
}

/** The newest private key of a place's vault, as text. */
async function privateKeyOf({ folder }: Place): Promise<string> {
  const vault = await openVault(folder);
  await vault.unlock(passphrase());
  const key = vault.key(vault.keyNames().at(-1)!)!.reveal();
  vault.lock();
  return key;
}

/** A history whose key waits in a file, as where there is no vault, so that opening it costs no scrypt. */
async function withKey(folder: string, key: string): Promise<History> {
  const keysFolder = newFolder();
  writeFileSync(join(keysFolder, 'private.key'), `querytape-private-text-key 1 ${key}\n`);
  chmodSync(join(keysFolder, 'private.key'), 0o600);
  const keys = await HistoryKeys.open(keysFolder, await openVault(keysFolder), nodeDisk);
  const policy = () => ({ historyEnabled: true, historyAgeMaxMs: null });
  return History.open({ folder: join(folder, 'history'), keys, disk: nodeDisk, policy, now: Date.now });
}
