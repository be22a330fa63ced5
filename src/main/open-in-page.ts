import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { OpenReplay } from '../events/replay-view.ts';
import type { Client } from './client.ts';
import type { Options } from './options.ts';
import { serveCommand } from './serve.ts';
import { UsageError } from './usage-error.ts';

/**
 * `querytape replay FILE.qtape --open`: shows a bundle in the page of the running Querytape, else of one that it starts, without the
 * demo. The program is sent the bundle's bytes, as it is by the page: it reads no path that a request names.
 *
 * @throws UsageError where there is no such file; the program's refusal where it is not a bundle
 */
export async function openInPage(options: Options, source: string): Promise<number> {
  const found = await stat(source).catch(() => null);
  if (found === null) throw new UsageError(`There is no ${source}.`);
  if (!found.isFile()) throw new UsageError(`--open takes a bundle (.qtape), and ${source} is not a file.`);
  return serveCommand({ ...options, demo: false }, (client) => sent(client, source));
}

/** Sends a bundle. Resolves with the id of its replay. @throws Error with the program's words where it refuses */
async function sent(client: Client, file: string): Promise<string> {
  const answer = await client.postBytes('/api/replay', createReadStream(file));
  const opened = (await answer.json()) as OpenReplay | { readonly code: string; readonly message: string };
  if ('code' in opened) throw new Error(`${opened.message} (${opened.code})`);
  return opened.replayId;
}
