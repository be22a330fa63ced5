import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DRAFTS_MAX } from '../../../../src/events/limits.ts';
import { nodeDisk } from '../../../../src/store/tape/disk.ts';
import { FaultyDisk } from '../tape/faulty-disk.ts';
import { codeOf, newFolder, passphrase } from '../vault/vault-support.ts';
import { openTexts, type Place } from './texts-support.ts';

const draft = (tabId: string, text: string, place = 0) => ({ tabId, profileId: 'p', text, place });
const texts = async ({ texts: { drafts } }: Place) => (await drafts.list()).drafts.map(({ text }) => text);

describe('drafts', () => {
  it('are there after a restart, in the order of their tabs, as they were saved last', async () => {
    const place = await openTexts();
    await place.texts.drafts.save(draft('b', 'second', 1));
    await place.texts.drafts.save({ ...draft('a', 'first'), title: 'named' });
    await place.texts.drafts.save(draft('b', 'second, changed', 1));
    const after = await openTexts(place.folder);
    const { drafts, problems } = await after.texts.drafts.list();
    expect(problems).toEqual([]);
    expect(drafts).toMatchObject([
      { tabId: 'a', title: 'named', text: 'first' },
      { tabId: 'b', text: 'second, changed' },
    ]);
    await after.texts.drafts.delete('a');
    await after.texts.drafts.delete('never');
    expect(await texts(await openTexts(place.folder))).toEqual(['second, changed']);
  });

  it('go on where their folder is deleted while the program runs, and are read after a restart', async () => {
    const place = await openTexts();
    await place.texts.drafts.save(draft('a', 'first'));
    for (const folder of ['drafts', 'history']) rmSync(join(place.folder, folder), { recursive: true });
    await place.texts.drafts.save(draft('b', 'second'));
    expect(await texts(place)).toEqual(['second']);
    expect(await texts(await openTexts(place.folder))).toEqual(['second']);
    rmSync(place.folder, { recursive: true });
    expect(await codeOf(place.texts.drafts.save(draft('c', 'third')))).toBe('ENOENT');
  });

  it('are written while the vault is locked, and read once it is unlocked', async () => {
    const place = await openTexts();
    await place.vault.create({ passphrase: passphrase() });
    await place.texts.drafts.save(draft('a', 'open', 0));
    place.vault.lock();
    await place.texts.drafts.save(draft('b', 'locked', 1));
    expect(await codeOf(place.texts.drafts.list())).toBe('vault.locked');
    await place.vault.unlock(passphrase());
    expect(await texts(place)).toEqual(['open', 'locked']);
  });

  it('that come faster than the disk are written as they are last', async () => {
    let opened = 0;
    const disk = { ...nodeDisk, open: (path: string) => nodeDisk.open(path).finally(() => opened++) };
    const place = await openTexts(newFolder(), { disk });
    opened = 0;
    const saves = Array.from({ length: 50 }, (_, i) => place.texts.drafts.save(draft('a', `text ${i}`)));
    await Promise.all(saves);
    expect(await texts(place)).toEqual(['text 49']);
    expect(opened).toBeLessThan(50);
  });

  it('are so many and no more, and those that are there go on', async () => {
    const place = await openTexts();
    for (let i = 0; i < DRAFTS_MAX; i++) await place.texts.drafts.save(draft(`t${i}`, `text ${i}`, i));
    expect(await codeOf(place.texts.drafts.save(draft('more', 'text')))).toBe('drafts.full');
    await place.texts.drafts.save(draft('t0', 'changed'));
    await place.texts.drafts.delete('t1');
    await place.texts.drafts.save(draft('more', 'text', 999));
    expect(await texts(place)).toHaveLength(DRAFTS_MAX);
  });

  it('that are damaged are reported, and hide no other', { tags: ['slow'] }, async () => {
    const place = await openTexts();
    for (const id of ['a', 'b']) await place.texts.drafts.save(draft(id, id));
    const folder = join(place.folder, 'drafts');
    const [name] = readdirSync(folder);
    const whole = readFileSync(join(folder, name!));
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 2;
      writeFileSync(join(folder, name!), bytes);
      const { drafts, problems } = await place.texts.drafts.list();
      expect(drafts.length + problems.length, String(at)).toBe(2);
      expect(['a', 'b']).toEqual(expect.arrayContaining(drafts.map(({ text }) => text)));
    }
  });

  it('that can not be written are refused, and the one before is still there', async () => {
    let failing = false;
    const rename: typeof nodeDisk.rename = (from, to) =>
      failing
        ? Promise.reject(Object.assign(new Error('no'), { code: 'ENOSPC' }))
        : nodeDisk.rename(from, to);
    const place = await openTexts(newFolder(), { disk: { ...nodeDisk, rename } });
    await place.texts.drafts.save(draft('a', 'before'));
    failing = true;
    expect(await codeOf(place.texts.drafts.save(draft('a', 'after')))).toBe('ENOSPC');
    expect(await codeOf(place.texts.drafts.save(draft('b', 'never')))).toBe('ENOSPC');
    expect((await place.texts.drafts.list()).problems).toEqual([]);
    expect(await texts(await openTexts(place.folder))).toEqual(['before']);
  });

  it('that wait for a write which fails are all refused, and take no place', { tags: ['slow'] }, async () => {
    const disk = new FaultyDisk();
    const place = await openTexts(newFolder(), { disk });
    disk.fails.set('rename', 'ENOSPC');
    const { drafts } = place.texts;
    const saves = [1, 2, 3].map((text) => codeOf(drafts.save(draft('a', `${text}`))));
    expect(await Promise.all(saves)).toEqual(['ENOSPC', 'ENOSPC', 'ENOSPC']);
    disk.fails.clear();
    for (let i = 0; i < DRAFTS_MAX; i++) await drafts.save(draft(`t${i}`, `text ${i}`, i));
    expect(await texts(place)).toHaveLength(DRAFTS_MAX);
    expect(readdirSync(join(place.folder, 'drafts')).filter((name) => !name.endsWith('.qtd'))).toEqual([]);
  });

  it('that can not be deleted are still there, and are deleted when that is asked again', async () => {
    const disk = new FaultyDisk();
    const place = await openTexts(newFolder(), { disk });
    await place.texts.drafts.save(draft('a', 'closed'));
    disk.fails.set('unlink', 'EIO');
    await expect(place.texts.drafts.delete('a')).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringMatching(/^The draft can’t be deleted\. /),
    });
    expect(await texts(place)).toEqual(['closed']);
    disk.fails.clear();
    await place.texts.drafts.delete('a');
    expect(await texts(await openTexts(place.folder))).toEqual([]);
  });
});
