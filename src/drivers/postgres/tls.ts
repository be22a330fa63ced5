import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { Target, Tls } from '../../events/profile.ts';
import { DriverError } from '../driver.ts';

/**
 * How the connection is encrypted, in Node's options; null for not at all. `require` encrypts and verifies nothing,
 * `verify-ca` verifies who signed the certificate, `verify-full` also whom it is for (PostgreSQL manual, "SSL Support").
 * @throws DriverError `tls.file` for a file that can't be read
 */
export async function tlsOptions({ host, tls }: Target): Promise<ConnectionOptions | null> {
  if (tls.mode === 'disable') return null;
  const [ca, cert, key] = await Promise.all([
    file(tls, 'caFile'),
    file(tls, 'certFile'),
    file(tls, 'keyFile'),
  ]);
  const options: ConnectionOptions = {
    host,
    rejectUnauthorized: tls.mode !== 'require',
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    // A name for SNI must not be an address (RFC 6066, section 3).
    ...(isIP(host) === 0 && !host.startsWith('/') ? { servername: host } : {}),
  };
  if (tls.mode === 'verify-ca') options.checkServerIdentity = () => undefined;
  else if (tls.serverName)
    options.checkServerIdentity = (_host, certificate) => checkServerIdentity(tls.serverName!, certificate);
  return options;
}

async function file(tls: Tls, name: 'caFile' | 'certFile' | 'keyFile'): Promise<Buffer | undefined> {
  const path = tls[name];
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    const message = `The file ${path} (${name}) can't be read: ${(error as NodeJS.ErrnoException).code}.`;
    const advice = 'Check the path and its permissions in the TLS settings.';
    throw new DriverError({ code: 'tls.file', source: 'client', message, advice });
  }
}
