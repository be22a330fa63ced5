import type { HistoryEntry, HistoryPage } from '../events/history.ts';
import { HISTORY_PAGE_MAX } from '../events/limits.ts';
import { counted } from '../events/sentences.ts';
import type { Client } from './client.ts';
import { unlockVault, withQuerytape } from './connect-or-start.ts';
import type { Options } from './options.ts';
import { print, printJson, say } from './output.ts';
import { terminalLine } from './terminal-text.ts';
import { UsageError, wholeNumber } from './usage-error.ts';

/** Entries printed by default. */
const PRINTED = 50;
const LINE_UNITS = 120;

/** `querytape history`: what was run, newest first. */
export async function historyCommand(options: Options): Promise<number> {
  const limit = wholeNumber('limit', options.limit, PRINTED);
  if (limit === 0) throw new UsageError('--limit counts from 1.');
  return withQuerytape(options, false, (client) => list(client, options, limit));
}

/** `querytape history purge`: deletes all of it. */
export async function purgeCommand(options: Options): Promise<number> {
  return withQuerytape(options, false, (client) => purge(client, options));
}

async function purge(client: Client, { json }: Options): Promise<number> {
  const { entries = 0 } = await client.command({ type: 'history.purge' });
  if (json) await printJson({ entries });
  else await print(`The history is deleted: ${counted(entries, 'statement')}.\n`);
  return 0;
}

async function list(client: Client, { search, profile, json }: Options, limit: number): Promise<number> {
  await unlockVault(client);
  const query = new URLSearchParams();
  if (search !== undefined) query.set('search', search);
  if (profile !== undefined) query.set('profileId', await profileIdOf(client, profile));
  let left = limit;
  for (;;) {
    query.set('count', String(Math.min(left, HISTORY_PAGE_MAX)));
    const page = await read(client, query);
    for (const entry of page.entries) await (json ? printJson(entry) : print(`${line(entry)}\n`));
    left -= page.entries.length;
    if (!page.more || left === 0) {
      for (const { code, message } of page.problems) say(`${message} (${code})`);
      return 0;
    }
    query.set('before', page.entries.at(-1)!.queryId);
  }
}

async function read(client: Client, query: URLSearchParams): Promise<HistoryPage> {
  const answer = await client.get(`/api/history?${query}`);
  const page = (await answer.json()) as HistoryPage & { code?: string; message?: string };
  if (!answer.ok) throw new Error(`${page.message} (${page.code})`);
  return page;
}

async function profileIdOf(client: Client, name: string): Promise<string> {
  const { profiles } = await client.state();
  const found = profiles.find((one) => one.name === name || one.profileId === name);
  if (found) return found.profileId;
  // One that is deleted, or of another run, is in the history alone.
  const page = await read(client, new URLSearchParams({ search: name, count: String(HISTORY_PAGE_MAX) }));
  const past = page.entries.find((entry) => entry.profileName === name);
  if (past) return past.profileId;
  const known = profiles.map((one) => one.name).join(', ');
  throw new Error(`There is no profile ${name}, and no statement of one. There is: ${known || 'none'}.`);
}

/** `2026-11-23 14:03:11  Shop  succeeded 3 rows 12 ms  select …` */
function line({ at, profileName, outcome, rows, serverMs, text }: HistoryEntry): string {
  const when = new Date(at).toLocaleString('sv');
  const ending = [
    outcome ?? 'end not known',
    rows === null ? '' : counted(rows, 'row'),
    serverMs === null ? '' : `${serverMs} ms`,
  ];
  const words = terminalLine(text.slice(0, LINE_UNITS * 4))
    .replace(/ +/g, ' ')
    .trim();
  const short = words.length > LINE_UNITS ? `${words.slice(0, LINE_UNITS - 1)}…` : words;
  return [when, terminalLine(profileName), ending.filter(Boolean).join(' '), short].join('  ');
}
