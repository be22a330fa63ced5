import { randomUUID } from 'node:crypto';
import { readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedirectFile, WriteRedirect } from '../server/launch-routes.ts';
import { ownFolder, writeOwnFile } from '../store/own-files.ts';

/**
 * Leads a browser to a launch URL by a file that only this user can read, in a folder of their own. A URL
 * among a browser's arguments would be readable by every user of the machine (`/proc/PID/cmdline`, `ps`).
 */
export async function redirectFiles(folder: string): Promise<WriteRedirect> {
  await ownFolder(folder);
  // What a killed process left; its codes went with it.
  for (const name of await readdir(folder)) await unlink(join(folder, name));
  return async (url): Promise<RedirectFile> => {
    const path = join(folder, `${randomUUID()}.html`);
    await writeOwnFile(path, htmlFor(url));
    return { path, remove: () => rm(path, { force: true }) };
  };
}

/** `url` is ours: it has no character that HTML knows but `&`, of which it has none. */
function htmlFor(url: string): string {
  return `<!doctype html>
<meta charset="utf-8" />
<meta name="referrer" content="no-referrer" />
<meta http-equiv="refresh" content="0; url=${url}" />
<title>Querytape</title>
<p><a href="${url}">Open Querytape</a></p>
`;
}
