import { execFileSync } from 'node:child_process';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dataFolder, removeFolder } from './client.ts';

/** A data folder on a disk of its own. */
export interface MountedFolder {
  readonly folder: string;
  /** Unmounts and removes it. */
  remove(): void;
}

/** Mounts a disk of so many bytes (`2m`, as mount(8) takes them) for a data folder, or for a folder that is there. Needs root. */
export function mountedFolder(size: string, folder = dataFolder()): MountedFolder {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
  return {
    folder,
    remove() {
      execFileSync('umount', [folder]);
      removeFolder(folder);
    },
  };
}

/** One whose disk can be frozen: until it is thawed, nothing that is written gets onto it. */
export interface FreezableFolder extends MountedFolder {
  freeze(): void;
  thaw(): void;
}

const IMAGE_BYTES = 64 << 20;

/** Mounts a file system of its own, in a file, which fsfreeze(8) can freeze. Needs root. */
export function freezableFolder(): FreezableFolder {
  const folder = dataFolder();
  const image = `${folder}.image`;
  writeFileSync(image, '');
  truncateSync(image, IMAGE_BYTES);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
  execFileSync('mount', ['-o', 'loop', image, folder]);
  execFileSync('chmod', ['700', folder]);
  let isFrozen = false;
  const turn = (frozen: boolean): void => {
    if (isFrozen === frozen) return;
    execFileSync('fsfreeze', [frozen ? '--freeze' : '--unfreeze', folder]);
    isFrozen = frozen;
  };
  return {
    folder,
    freeze: () => turn(true),
    thaw: () => turn(false),
    remove() {
      turn(false);
      execFileSync('umount', [folder]);
      rmSync(image);
      removeFolder(folder);
    },
  };
}
