import { readFile, rm, writeFile } from 'node:fs/promises';
import type { DataPaths } from './paths.ts';

/** How to reach the process that writes a data folder. */
export interface Running {
  readonly processId: number;
  /** The launch URL, with the token. */
  readonly url: string;
}

/** Says how to reach this process; for the same user only. */
export async function writeRunning(paths: DataPaths, running: Running): Promise<void> {
  await writeFile(paths.running, `${JSON.stringify(running)}\n`, { mode: 0o600 });
}

export async function removeRunning(paths: DataPaths): Promise<void> {
  await rm(paths.running, { force: true });
}

/** The process that writes this data folder, if it answers. */
export async function findRunning(paths: DataPaths): Promise<Running | undefined> {
  try {
    const running = JSON.parse(await readFile(paths.running, 'utf8')) as Running;
    const { origin, searchParams } = new URL(running.url);
    const headers = { authorization: `Bearer ${searchParams.get('token')}` };
    const answer = await fetch(`${origin}/api/state`, { headers, signal: AbortSignal.timeout(3000) });
    await answer.body?.cancel();
    return answer.ok ? running : undefined;
  } catch {
    return undefined;
  }
}
