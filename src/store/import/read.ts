import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { IMPORT_BYTES_MAX } from '../limits.ts';
import { importBeekeeper } from './beekeeper.ts';
import type { Imported } from './candidate.ts';
import { importDbeaver } from './dbeaver.ts';
import { importDbgate } from './dbgate.ts';
import { importDsn } from './dsn.ts';
import { importMyCnf } from './my-cnf.ts';
import { importPgService } from './pg-service.ts';
import { importPgpass } from './pgpass.ts';
import { importProfiles } from './profiles-file.ts';
import { importUrl, isConnectionUrl } from './url.ts';

/** Where profiles can be taken from. */
export const IMPORT_SOURCES = [
  'url',
  'pgpass',
  'pg_service',
  'my.cnf',
  'dbgate',
  'beekeeper',
  'dbeaver',
  'querytape',
] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

interface ReadOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
}

/** Reads text that the user gave: a URL, a libpq DSN, or a file's content. Reads nothing else. */
export function importText(source: ImportSource, given: string): Imported {
  const text = withoutMark(given);
  switch (source) {
    case 'url':
      return isConnectionUrl(text) || text.includes('://') ? importUrl(text) : importDsn(text);
    case 'pgpass':
      return importPgpass(text);
    case 'pg_service':
      return importPgService(text);
    case 'my.cnf':
      return importMyCnf(text);
    case 'dbgate':
      return importDbgate(text);
    case 'beekeeper':
      return importBeekeeper(text);
    case 'dbeaver':
      return importDbeaver(text);
    case 'querytape':
      return importProfiles(text);
  }
}

/**
 * Reads the platform's usual file of a source, with the key files that stand beside it. A file that is not
 * there, is too large or can't be read is reported as not taken; nothing is run and nothing connected.
 */
export async function importUsualFile(source: ImportSource, options: ReadOptions = {}): Promise<Imported> {
  const path = usualFile(source, options);
  if (path === null) return nothing('source', 'import.noFile', 'It has no usual file. Give its text.');
  try {
    const { bytes, mode } = await readBounded(path);
    const text = withoutMark(bytes.toString('utf8'));
    if (source === 'pgpass') return importPgpass(text, process.platform === 'win32' ? undefined : mode);
    const beside = (name: string) =>
      readBounded(join(dirname(path), name)).then(
        (found) => found.bytes,
        () => undefined,
      );
    if (source === 'dbgate') return importDbgate(text, (await beside('.key'))?.toString('utf8'));
    if (source === 'dbeaver') return importDbeaver(text, await beside('credentials-config.json'));
    return importText(source, text);
  } catch (error) {
    const { code = 'EUNKNOWN' } = error as NodeJS.ErrnoException;
    return nothing(path, code === 'ENOENT' ? 'import.noFile' : code, `The file can’t be read (${code}).`);
  }
}

/** Where a source keeps its file; null where there is no such place. */
function usualFile(source: ImportSource, options: ReadOptions = {}): string | null {
  const { env = process.env, home = homedir() } = options;
  const windows = process.platform === 'win32';
  const roaming = env.APPDATA ?? join(home, 'AppData', 'Roaming');
  switch (source) {
    case 'pgpass':
      return env.PGPASSFILE || (windows ? join(roaming, 'postgresql', 'pgpass.conf') : join(home, '.pgpass'));
    case 'pg_service':
      return (
        env.PGSERVICEFILE ||
        (windows ? join(roaming, 'postgresql', '.pg_service.conf') : join(home, '.pg_service.conf'))
      );
    case 'my.cnf':
      return join(home, '.my.cnf');
    case 'dbgate':
      return join(home, '.dbgate', 'connections.jsonl');
    case 'dbeaver':
      return join(dbeaverData(home, roaming, env), 'workspace6', 'General', '.dbeaver', 'data-sources.json');
    default:
      return null;
  }
}

/** DBeaver wiki, "Workspace Location". */
function dbeaverData(
  home: string,
  roaming: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (process.platform === 'darwin') return join(home, 'Library', 'DBeaverData');
  if (process.platform === 'win32') return join(roaming, 'DBeaverData');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'DBeaverData');
}

async function readBounded(path: string): Promise<{ bytes: Buffer; mode: number }> {
  const found = await stat(path);
  if (!found.isFile()) throw Object.assign(new Error('no file'), { code: 'import.noFile' });
  if (found.size > IMPORT_BYTES_MAX) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
  return { bytes: await readFile(path), mode: found.mode };
}

/** Editors on Windows put a byte order mark before UTF-8. */
function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

function nothing(what: string, code: string, why: string): Imported {
  return { candidates: [], notTaken: [{ what, code, why }] };
}
