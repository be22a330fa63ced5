import { join } from 'node:path';
import type { GlobalPolicy } from '../events/policy.ts';
import { DraftStore } from './drafts/drafts.ts';
import { History } from './history/history.ts';
import { HistoryKeys, type KeysVault } from './history/history-keys.ts';
import { ownFolder } from './own-files.ts';
import { type Disk, nodeDisk } from './tape/disk.ts';

export interface SealedTextsOptions {
  /** The data folder. */
  readonly folder: string;
  readonly vault: KeysVault;
  readonly policy: () => Pick<GlobalPolicy, 'historyEnabled' | 'historyAgeMaxMs'>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly disk?: Disk;
}

/** The encrypted texts of a data folder, open for writing. */
export interface SealedTexts {
  readonly history: History;
  readonly drafts: DraftStore;
  close(): Promise<void>;
}

/**
 * Opens the history of statements and the drafts of open tabs, which are sealed with the same keys.
 *
 * @throws the disk's error
 */
export async function openSealedTexts({
  folder,
  vault,
  policy,
  now,
  disk = nodeDisk,
}: SealedTextsOptions): Promise<SealedTexts> {
  const historyFolder = join(folder, 'history');
  await ownFolder(historyFolder);
  const keys = await HistoryKeys.open(historyFolder, vault, disk);
  const history = await History.open({ folder: historyFolder, keys, disk, policy, now });
  const drafts = await DraftStore.open({ folder: join(folder, 'drafts'), keys, disk, now });
  return {
    history,
    drafts,
    async close() {
      await history.close();
      await drafts.close();
      await keys.close();
    },
  };
}
