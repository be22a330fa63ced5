import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { FailureText } from '../events/failure.ts';
import type { Target, Tls } from '../events/profile.ts';
import { beginsPem, TLS_FILES, type TlsFile } from '../events/tls-files.ts';
import { readBounded } from './bounded-file.ts';
import { DriverError, type SideOptions } from './driver.ts';
import { PEM_FILE_BYTES_MAX } from './limits.ts';
import { systemAuthorities, systemTrust } from './trust-store.ts';

/** What encryption depends on beside the target. */
type TlsSide = Pick<SideOptions, 'route' | 'tlsPassphrase'>;

/**
 * How the connection is encrypted, in Node's options; null for not at all. `require` encrypts and verifies nothing,
 * `verify-ca` verifies who signed the certificate, `verify-full` also which host it is for; without a CA file by the system's trust store. A Unix-domain socket is never
 * encrypted: nothing of it leaves the machine. With a route its server name is the one that counts.
 * @throws DriverError `tls.file` for a file that can't be read, `tls.pem` for one that does not hold what it is named for,
 * `tls.keyMissing` for a client certificate without its key or a key without its certificate, `tls.passphraseNeeded` and
 * `tls.passphraseWrong` for a key that is encrypted, `CERT_HAS_EXPIRED` and `CERT_NOT_YET_VALID` for a CA file whose certificates all are so
 */
export async function tlsOptions(target: Target, side: TlsSide = {}): Promise<ConnectionOptions | null> {
  const options = await tlsOfMembers(target, side);
  if (!options) return null;
  const name = side.route?.tlsServerName ?? target.tls.serverName ?? target.host;
  return {
    ...options,
    host: name,
    // A name for SNI must not be an address (RFC 6066, section 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // Clients put the host they dial, or nothing, in the place of a server name, so the name is bound here.
    ...(target.tls.mode === 'verify-full' ? { checkServerIdentity: isFor(name) } : {}),
  };
}

/**
 * The same for a deployment of many servers, each of which is checked by the name that it is dialled by: who dials gives
 * `host` or `servername` (Node.js manual, "tls.connect"). A server name of the profile's is every server's.
 * @throws DriverError as `tlsOptions`
 */
export async function tlsOfMembers(
  { host, tls }: Target,
  { route, tlsPassphrase }: TlsSide,
): Promise<ConnectionOptions | null> {
  if (tls.mode === 'disable' || host.startsWith('/')) return null;
  // One after the other: where several are wrong, the same one is always named.
  const ca = await file(tls, 'caFile');
  if (ca && tls.mode !== 'require') mustBeValidNow(ca, tls.caFile!);
  const cert = await file(tls, 'certFile');
  const keyFile = await file(tls, 'keyFile');
  // One file may hold both, as MongoDB's tools have it.
  const key = keyFile ?? (cert?.includes('PRIVATE KEY-----') ? cert : undefined);
  if ((cert === undefined) !== (key === undefined)) throw new DriverError(HALF_A_PAIR);
  const opened = key && openedKey(key, tls.keyFile ?? tls.certFile!, tlsPassphrase);
  const name = route?.tlsServerName ?? tls.serverName;
  const options: ConnectionOptions = {
    rejectUnauthorized: tls.mode !== 'require',
    ...(await materialOf(tls, { ca, cert, key: opened })),
    ...(name !== undefined && isIP(name) === 0 ? { servername: name } : {}),
  };
  if (tls.mode === 'verify-ca') options.checkServerIdentity = () => undefined;
  if (tls.mode === 'verify-full' && name !== undefined) options.checkServerIdentity = isFor(name);
  return options;
}

interface Material {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** Which authorities to trust, and the client's own certificate. Without files of the profile's own the system's context is shared. */
async function materialOf(tls: Tls, { ca, cert, key }: Material): Promise<ConnectionOptions> {
  const own = { ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
  if (ca) return { ca, ...own };
  if (tls.mode === 'require') return own;
  if (cert) {
    const authorities = await systemAuthorities();
    return { ...(authorities === null ? {} : { ca: authorities }), ...own };
  }
  const secureContext = await systemTrust();
  return secureContext ? { secureContext } : {};
}

/**
 * The server's public key in PEM, where the profile names its file (MySQL manual, `--server-public-key-path`).
 * @throws DriverError `tls.file`, `tls.pem`
 */
export async function serverKeyOf({ tls }: Pick<Target, 'tls'>): Promise<string | null> {
  return (await file(tls, 'serverKeyFile'))?.toString('latin1') ?? null;
}

/** A private key in PEM as it is, or without its encryption (RFC 7468, section 11; RFC 1421, `Proc-Type`). */
function openedKey(pem: Buffer, path: string, passphraseOf: TlsSide['tlsPassphrase']): Buffer {
  if (!/^(?:-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m.test(pem.toString('latin1')))
    return pem;
  const passphrase = passphraseOf?.();
  if (passphrase === undefined)
    throw new DriverError({
      code: 'tls.passphraseNeeded',
      source: 'client',
      message: `The private key in ${path} is encrypted, and the profile has no passphrase for it.`,
      advice: 'Edit the connection and enter the key’s passphrase in its TLS settings.',
    });
  try {
    return Buffer.from(createPrivateKey({ key: pem, passphrase }).export({ type: 'pkcs8', format: 'pem' }));
  } catch {
    throw new DriverError({
      code: 'tls.passphraseWrong',
      source: 'client',
      message: `The private key in ${path} does not open by the profile’s passphrase.`,
      advice:
        'Enter the passphrase again in the TLS settings. If it is right, the key is encrypted in a way that is out of use: write it again by “openssl pkcs8 -topk8”.',
    });
  }
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

/** OpenSSL says of an authority that has expired only that a certificate has, and the server's is the one that comes to mind. */
function mustBeValidNow(pem: Buffer, path: string): void {
  const each = (pem.toString('latin1').match(CERTIFICATES) ?? []).flatMap((one) => certificateIn(one) ?? []);
  const now = Date.now();
  const isEarly = ({ validFrom }: X509Certificate): boolean => Date.parse(validFrom) > now;
  const wrong = each.filter((one) => isEarly(one) || Date.parse(one.validTo) < now);
  const [first] = wrong;
  if (!first || wrong.length < each.length) return;
  const early = isEarly(first);
  throw new DriverError({
    code: early ? 'CERT_NOT_YET_VALID' : 'CERT_HAS_EXPIRED',
    source: 'client',
    message: early
      ? `The CA certificate in ${path} (caFile) is valid from ${first.validFrom} on.`
      : `The CA certificate in ${path} (caFile) expired on ${first.validTo}.`,
    advice: early
      ? 'Check this machine’s clock, and whether the file is the right one.'
      : 'Ask who runs the server for the CA’s new certificate, and name its file in the TLS settings. If the server’s own certificate was signed by the old one, it needs a new one, too.',
  });
}

const HALF_A_PAIR: FailureText = {
  code: 'tls.keyMissing',
  source: 'client',
  message:
    'A client certificate and its private key are used together, and the TLS settings name only one of them.',
  advice: 'Name both files in the TLS settings, or neither.',
};

function isFor(name: string): NonNullable<ConnectionOptions['checkServerIdentity']> {
  return (_host, certificate) => checkServerIdentity(name, certificate);
}

async function file(tls: Tls, name: TlsFile): Promise<Buffer | undefined> {
  const path = tls[name];
  if (path === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = await readBounded(path, PEM_FILE_BYTES_MAX);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DriverError({
      code: 'tls.file',
      source: 'client',
      message: `The file ${path} (${name}) can't be read: ${code ?? message}.`,
      advice: 'Check the path and its permissions in the TLS settings.',
    });
  }
  if (holds(bytes, name)) return bytes;
  throw new DriverError({
    code: 'tls.pem',
    source: 'client',
    message: `The file ${path} (${name}) holds no ${TLS_FILES[name]} in PEM that can be read.`,
    advice: 'Name another file in the TLS settings, or convert this one to PEM.',
  });
}

/** OpenSSL passes over a CA's file that holds no certificate, and then calls every server untrusted. */
function holds(bytes: Buffer, name: TlsFile): boolean {
  if (!beginsPem(bytes.toString('latin1'), name)) return false;
  return TLS_FILES[name] !== 'CERTIFICATE' || certificateIn(bytes) !== undefined;
}

function certificateIn(pem: Buffer | string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
