import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Draft, type Drafts as DraftsAnswer, draftFields } from '../../events/draft.ts';
import type { KeptProblem } from '../../events/history.ts';
import { DRAFT_TITLE_UNITS_MAX, DRAFT_UNITS_MAX, DRAFTS_MAX } from '../../events/limits.ts';
import { Count, part } from '../../events/schema.ts';
import { schemaCheck } from '../../events/schema-check.ts';
import { errorSentence } from '../../events/system-error.ts';
import { HistoryError } from '../history/history-error.ts';
import type { HistoryKeys } from '../history/history-keys.ts';
import { isNewer } from '../history/newer-file.ts';
import { BlockReader, BlockWriter, parseLine } from '../history/sealed-block.ts';
import { KEPT_PROBLEMS_MAX } from '../limits.ts';
import { makeOne, ownFolder } from '../own-files.ts';
import type { Disk } from '../tape/disk.ts';
import { replaceFile } from '../vault/replace-file.ts';

const SUFFIX = '.qtd';
const HEAD = 'querytape-draft 1';
const draftCheck = schemaCheck(part({ ...draftFields, savedAt: Count }));

interface DraftsOptions {
  /** The drafts' own folder. */
  readonly folder: string;
  readonly keys: HistoryKeys;
  readonly disk: Disk;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** A draft that is to be written, or null for one that is to go, and the end of that: all who wait for a tab share it. */
interface Waiting {
  draft: Draft | null;
  readonly written: Promise<void>;
}

/**
 * The texts of open tabs, sealed, one file a tab. A file is replaced as a whole, under a one-time key of its
 * own; where saves of one tab come faster than the disk is, only the newest is written. The last writer wins,
 * a tab at a time.
 */
export class DraftStore {
  readonly #options: DraftsOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** Files of drafts that are there, or are to be. */
  readonly #names = new Set<string>();
  /** Files that an earlier run left, and that this one has not replaced. */
  readonly #earlier = new Set<string>();
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: DraftsOptions) {
    this.#options = options;
  }

  /** The drafts of a folder. @throws the disk's error */
  static async open(options: DraftsOptions): Promise<DraftStore> {
    const store = new DraftStore(options);
    const { folder, disk } = options;
    await ownFolder(folder);
    for (const name of await readdir(folder)) {
      if (name.endsWith('.new')) await disk.unlink(join(folder, name));
      else if (name.endsWith(SUFFIX)) store.#names.add(name);
    }
    for (const name of store.#names) store.#earlier.add(name);
    return store;
  }

  /**
   * Keeps a draft in the place of the tab's last. Resolves once it, or a newer one of the tab, is on disk.
   * @throws HistoryError `draft.tooLong`, `drafts.full`, or the disk's code
   */
  async save(draft: Omit<Draft, 'savedAt'>): Promise<void> {
    if (draft.text.length > DRAFT_UNITS_MAX || (draft.title?.length ?? 0) > DRAFT_TITLE_UNITS_MAX)
      throw new HistoryError(
        'draft.tooLong',
        `The text of a tab may have ${DRAFT_UNITS_MAX} characters to be saved, its title ${DRAFT_TITLE_UNITS_MAX}. It is lost when the page closes; save it in a file.`,
      );
    const name = nameOf(draft.tabId);
    if (!this.#names.has(name) && this.#names.size >= DRAFTS_MAX)
      throw new HistoryError(
        'drafts.full',
        `${DRAFTS_MAX} tabs are saved, as many as may be. Close some; until then this one’s text is lost when the page closes.`,
      );
    this.#names.add(name);
    await this.#put(name, { ...draft, savedAt: this.#options.now() });
  }

  /** Forgets a tab's draft. @throws HistoryError with the disk's code; the draft is still there then */
  async delete(tabId: string): Promise<void> {
    const name = nameOf(tabId);
    if (!this.#names.delete(name)) return;
    await this.#put(name, null);
  }

  /** All drafts, in the order of their tabs. @throws HistoryError `vault.locked`, `vault.unreadable` */
  async list(): Promise<DraftsAnswer> {
    const { keys } = this.#options;
    await keys.readable();
    await this.#writing;
    const drafts: Draft[] = [];
    const problems: KeptProblem[] = [];
    for (const name of this.#names) {
      const draft = await this.#read(name);
      if (draft === null) continue;
      if ('code' in draft) problems.push(draft);
      else drafts.push(draft);
    }
    await keys.readable();
    drafts.sort((a, b) => (a.place ?? DRAFTS_MAX) - (b.place ?? DRAFTS_MAX) || a.savedAt - b.savedAt);
    return { drafts, problems: problems.slice(0, KEPT_PROBLEMS_MAX) };
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writing;
  }

  #put(name: string, draft: Draft | null): Promise<void> {
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) {
      waiting.draft = draft;
      return waiting.written;
    }
    const written = this.#writing.then(() => this.#write(name));
    this.#waiting.set(name, { draft, written });
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Writes the newest of a tab. */
  async #write(name: string): Promise<void> {
    const { draft } = this.#waiting.get(name)!;
    this.#waiting.delete(name);
    const { folder, disk, keys } = this.#options;
    const path = join(folder, name);
    try {
      if (draft === null) {
        await disk.unlink(path).catch(missingIsNothing);
        await disk.syncFolder(folder);
        return;
      }
      if (this.#earlier.has(name) && isNewer(await readFile(path, 'latin1').catch(() => '')))
        throw new HistoryError('draft.newer', newerWords(name));
      this.#earlier.delete(name);
      const block = new BlockWriter(await keys.current());
      const lines = [HEAD, block.head, block.line('d', draft), ''];
      block.end();
      const bytes = Buffer.from(lines.join('\n'), 'latin1');
      await replaceFile(disk, path, bytes).catch(async (error: NodeJS.ErrnoException) => {
        // A user may have deleted the folder.
        if (error.code !== 'ENOENT' || !(await makeOne(folder))) throw error;
        await keys.restore();
        await replaceFile(disk, path, bytes);
      });
    } catch (error) {
      await this.#lookAgain(name);
      if (error instanceof HistoryError) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      const what = `The draft can’t be ${draft === null ? 'deleted' : 'saved'}.`;
      throw new HistoryError(code, `${what} ${errorSentence(error)}`, { cause: error });
    }
  }

  /** After a write that failed: a draft that could not go is there, one that was never written is not. */
  async #lookAgain(name: string): Promise<void> {
    const found = await stat(join(this.#options.folder, name)).catch(() => null);
    if (this.#waiting.has(name)) return;
    if (found === null) this.#names.delete(name);
    else this.#names.add(name);
  }

  /** Null where it was never written. */
  async #read(name: string): Promise<Draft | KeptProblem | null> {
    const damaged: KeptProblem = {
      code: 'draft.damaged',
      message: `The draft ${name} is damaged and can’t be read. Delete the file in the data folder.`,
    };
    const text = await readFile(join(this.#options.folder, name), 'latin1').catch(
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : ''),
    );
    if (text === null) return null;
    if (isNewer(text)) return { code: 'draft.newer', message: newerWords(name) };
    const [head, keyText, sealedText] = text.split('\n');
    const [key, sealed] = [parseLine(keyText ?? ''), parseLine(sealedText ?? '')];
    if (head !== HEAD || key?.type !== 'key' || sealed?.type !== 'sealed') return damaged;
    const privateKey = this.#options.keys.privateKey(key.keyId);
    if (privateKey === null)
      return {
        code: 'draft.otherKey',
        message: `The draft ${name} can’t be read: its key is in another vault. Put that vault back, or delete the file.`,
      };
    try {
      const block = new BlockReader(key, privateKey);
      const draft = block.open(sealed);
      block.end();
      return draftCheck.Check(draft) ? draft : damaged;
    } catch {
      return damaged;
    } finally {
      privateKey.wipe();
    }
  }
}

/** A tab's file: its name holds nothing of the user's and is distinct on every file system. */
function nameOf(tabId: string): string {
  return createHash('sha256').update(tabId).digest('hex').slice(0, 32) + SUFFIX;
}

function newerWords(name: string): string {
  return `The draft ${name} was written by a newer Querytape and is left as it is. Update Querytape to read it.`;
}

function missingIsNothing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
