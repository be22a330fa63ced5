import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { MIB } from '../events/limits.ts';
import type { Tls } from '../events/profile.ts';
import type { FieldError } from '../events/profile-check.ts';
import { beginsPem, TLS_FILES, type TlsFile } from '../events/tls-files.ts';

/** Far beyond any chain of certificates. */
const PEM_BYTES_MAX = MIB;

/**
 * What is wrong with the files that a profile names for TLS, as seen from this machine: `tls.file`,
 * `tls.pem`, `tls.keyOpen`.
 */
export async function checkTlsFiles(tls: Tls): Promise<readonly FieldError[]> {
  const errors: FieldError[] = [];
  for (const name of Object.keys(TLS_FILES) as TlsFile[]) {
    const path = tls[name];
    const wrong = path === undefined ? null : await wrongWith(path, name);
    if (wrong !== null) errors.push({ field: `target.tls.${name}`, ...wrong });
  }
  return errors;
}

async function wrongWith(path: string, name: TlsFile): Promise<Omit<FieldError, 'field'> | null> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > PEM_BYTES_MAX)
      return { code: 'tls.file', message: 'This is no file of certificates or keys.' };
    await access(path, constants.R_OK);
    if (!beginsPem(await readFile(path, 'latin1'), name))
      return { code: 'tls.pem', message: `There is no ${TLS_FILES[name]} in PEM in this file.` };
    // As PostgreSQL's own client does it (PostgreSQL manual, "Client Certificates").
    if (name === 'keyFile' && process.platform !== 'win32' && (found.mode & 0o077) !== 0)
      return { code: 'tls.keyOpen', message: `Others can read this key. Type: chmod 600 ${path}` };
    return null;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return { code: 'tls.file', message: `The file can’t be read (${code}).` };
  }
}
