import { execFileSync } from 'node:child_process';
import { dataFolder, removeFolder } from './client.ts';

/** A data folder on a disk of its own. */
export interface MountedFolder {
  readonly folder: string;
  /** Unmounts and removes it. */
  remove(): void;
}

/** Mounts a disk of so many bytes (`2m`, as mount(8) takes them). Needs root. */
export function mountedFolder(size: string): MountedFolder {
  const folder = dataFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
  return {
    folder,
    remove() {
      execFileSync('umount', [folder]);
      removeFolder(folder);
    },
  };
}
