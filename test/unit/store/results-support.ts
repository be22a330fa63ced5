import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Column } from '../../../src/events/result.ts';
import { decodeWindow } from '../../../src/events/window-frame.ts';
import type { Result } from '../../../src/store/results/result.ts';
import { ResultStore, type ResultStoreOptions } from '../../../src/store/results/result-store.ts';
import type { SpillHandle } from '../../../src/store/results/spill-file.ts';

export const COLUMNS: readonly Column[] = [{ name: 'v', type: 'text', numeric: false }];

/** A DataRow of one column with `size` bytes, filled with something that tells row `n` from others. */
export function dataRow(n: number, size: number): Uint8Array {
  const row = Buffer.alloc(11 + size, (n * 31) & 0xff);
  row.write('D');
  row.writeInt32BE(10 + size, 1);
  row.writeInt16BE(1, 5);
  row.writeInt32BE(size, 7);
  if (size >= 4) row.writeUInt32BE(n, 11);
  return row;
}

/** Rows `from` to `from + count - 1`, each of `size` bytes of text. */
export function dataRows(from: number, count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => dataRow(from + i, size));
}

/** Writes rows as one batch, lent as a driver lends them: overwritten after the call. */
export function write(result: Result, rows: readonly Uint8Array[]): boolean {
  const batch = Buffer.concat(rows);
  const goOn = result.write(batch, rows.length);
  batch.fill(0xee);
  return goOn;
}

/** A store with a folder of its own, both gone when the test has ended. */
export function storeForTest(options: Partial<ResultStoreOptions> = {}): {
  store: ResultStore;
  folder: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-results-'));
  const store = new ResultStore({ spillFolder: folder, ...options });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return { store, folder };
}

/** A window's rows as hex, with what the header says. */
export async function windowOf(result: Result, from: number, count: number) {
  const frame = decodeWindow(await result.window(from, count));
  return { ...frame, rows: Buffer.from(frame.rows).toString('hex') };
}

export function hex(rows: readonly Uint8Array[]): string {
  return Buffer.concat(rows).toString('hex');
}

/** Waits for what the disk brings about; not for time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Opens real spill files whose writes wait for `release`, or fail with `code`. */
export class GatedDisk {
  readonly handles: FileHandle[] = [];
  code: string | undefined;
  #waiting: (() => void)[] = [];
  #open = false;

  readonly openSpill = async (path: string): Promise<SpillHandle> => {
    const handle = await open(path, 'wx+', 0o600);
    this.handles.push(handle);
    return {
      read: handle.read.bind(handle) as SpillHandle['read'],
      close: () => handle.close(),
      writev: async (chunks, position) => {
        if (!this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        if (this.code) throw Object.assign(new Error('no'), { code: this.code });
        return handle.writev(chunks, position);
      },
    };
  };

  /** Writes waiting. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets the writes that wait, and all later ones, go on. */
  release(): void {
    this.#open = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
