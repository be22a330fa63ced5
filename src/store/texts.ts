import { join } from 'node:path';
import type { TextCommand } from '../events/command.ts';
import type { SubmittedText } from '../events/history.ts';
import type { GlobalPolicy } from '../events/policy.ts';
import type { ConfigFact } from '../events/workspace.ts';
import { DraftStore } from './drafts/drafts.ts';
import { History } from './history/history.ts';
import { HistoryKeys, type KeysVault } from './history/history-keys.ts';
import { ownFolder } from './own-files.ts';
import { type Disk, nodeDisk } from './tape/disk.ts';

export interface TextsOptions {
  /** The data folder. */
  readonly folder: string;
  readonly vault: KeysVault;
  readonly policy: () => Pick<GlobalPolicy, 'historyEnabled' | 'historyAgeMaxMs'>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly disk?: Disk;
}

/** All texts that are kept, behind their commands: the history of what was run, and the drafts of what may be. */
export class Texts {
  readonly history: History;
  readonly drafts: DraftStore;
  readonly #keys: HistoryKeys;
  #tell: (fact: ConfigFact) => void = () => undefined;

  private constructor(keys: HistoryKeys, history: History, drafts: DraftStore) {
    this.#keys = keys;
    this.history = history;
    this.drafts = drafts;
  }

  /** @throws the disk's error */
  static async open({ folder, vault, policy, now, disk = nodeDisk }: TextsOptions): Promise<Texts> {
    const historyFolder = join(folder, 'history');
    await ownFolder(historyFolder);
    const keys = await HistoryKeys.open(historyFolder, vault, disk);
    const history = await History.open({ folder: historyFolder, keys, disk, policy, now });
    const drafts = await DraftStore.open({ folder: join(folder, 'drafts'), keys, disk, now });
    return new Texts(keys, history, drafts);
  }

  /** Takes the facts, as they happen. */
  onFact(tell: (fact: ConfigFact) => void): void {
    this.#tell = tell;
  }

  submitted(statements: readonly SubmittedText[]): void {
    this.history.submitted(statements);
  }

  written(): Promise<void> {
    return this.history.written();
  }

  /** @throws HistoryError */
  async take(command: TextCommand): Promise<{ readonly entries?: number }> {
    switch (command.type) {
      case 'history.delete': {
        const entries = await this.history.delete(command.queryIds);
        this.#tell({ type: 'history.deleted', entries });
        return { entries };
      }
      case 'history.purge': {
        const entries = await this.history.purge();
        this.#tell({ type: 'history.purged', entries });
        return { entries };
      }
      case 'draft.save': {
        const { type: _, commandId: __, ...draft } = command;
        await this.drafts.save(draft);
        return {};
      }
      case 'draft.delete':
        await this.drafts.delete(command.tabId);
        return {};
    }
  }

  async close(): Promise<void> {
    await this.history.close();
    await this.drafts.close();
    await this.#keys.close();
  }
}
