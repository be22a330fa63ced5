import { readdir, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import * as tls from 'node:tls';
import type { FailureText } from '../events/failure.ts';
import { readBounded } from './bounded-file.ts';
import { DriverError } from './driver.ts';
import { PEM_FILE_BYTES_MAX } from './limits.ts';

/** Where systems keep the certificates of the authorities that they trust, as one file; the first that is there counts. */
const USUAL_FILES = [
  // Debian, Ubuntu, Arch, Gentoo, NixOS.
  '/etc/ssl/certs/ca-certificates.crt',
  // Fedora, Red Hat.
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  // openSUSE.
  '/etc/ssl/ca-bundle.pem',
  // Alpine, BSD.
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];

/** What `tls.getCACertificates` is from Node 22.15 on (Node.js manual, "tls.getCACertificates"). */
type AskNode = ((type: 'system' | 'extra') => string[]) | undefined;

type Env = Readonly<Record<string, string | undefined>>;

let known: { readonly state: string; readonly context: tls.SecureContext } | null = null;

/**
 * The authorities that this system trusts, as PEM: the files that SSL_CERT_FILE and SSL_CERT_DIR name (OpenSSL manual,
 * "SSL_CTX_set_default_verify_paths"), else the system's own store, and what NODE_EXTRA_CA_CERTS names on top of either. Null
 * where no store is found: Node then trusts the authorities that it brings along, and NODE_EXTRA_CA_CERTS.
 * @throws DriverError `tls.trustStore` where one of the named files can't be read
 */
export async function systemAuthorities(env: Env = process.env): Promise<string | null> {
  const paths = await storePaths(env);
  if (paths !== null) return (await Promise.all(paths.map(pem))).join('\n');
  const ask = (tls as { getCACertificates?: AskNode }).getCACertificates;
  const system = process.platform === 'linux' ? [] : (ask?.('system') ?? []);
  return system.length === 0 ? null : [...system, ...ask!('extra')].join('\n');
}

/**
 * A context that trusts the authorities that the system trusts; undefined for Node's own. To parse a store of 150 certificates takes 40 ms, so one
 * context serves all connections until a file of the store changes.
 * @throws DriverError `tls.trustStore`
 */
export async function systemTrust(env: Env = process.env): Promise<tls.SecureContext | undefined> {
  const paths = await storePaths(env);
  const stats = await Promise.all(
    (paths ?? []).map((path) => stat(path, { bigint: true }).catch(() => null)),
  );
  const state = JSON.stringify([
    paths,
    stats.map((found) => found && `${found.ino} ${found.size} ${found.mtimeNs}`),
  ]);
  if (known?.state === state) return known.context;
  const ca = await systemAuthorities(env);
  if (ca === null) return undefined;
  const context = tls.createSecureContext({ ca });
  known = { state, context };
  return context;
}

/** The files of the store; null where the system has none that is known here. */
async function storePaths(env: Env): Promise<string[] | null> {
  const { SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS } = env;
  const extra = NODE_EXTRA_CA_CERTS ? [NODE_EXTRA_CA_CERTS] : [];
  if (SSL_CERT_FILE || SSL_CERT_DIR) {
    const folders = await Promise.all((SSL_CERT_DIR ?? '').split(delimiter).filter(Boolean).map(filesIn));
    return [...(SSL_CERT_FILE ? [SSL_CERT_FILE] : []), ...folders.flat(), ...extra];
  }
  if (process.platform === 'win32' || process.platform === 'darwin') return null;
  for (const path of USUAL_FILES) if (await isFile(path)) return [path, ...extra];
  return null;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(folder, error);
  });
  const paths = names.sort().map((name) => join(folder, name));
  const files = await Promise.all(paths.map(isFile));
  return paths.filter((_, i) => files[i]);
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function pem(path: string): Promise<string> {
  try {
    return (await readBounded(path, PEM_FILE_BYTES_MAX)).toString('latin1');
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): DriverError {
  const failure: FailureText = {
    code: 'tls.trustStore',
    source: 'client',
    message: `The trusted certificates in ${path} can't be read: ${code ?? message}.`,
    advice:
      'Check SSL_CERT_FILE, SSL_CERT_DIR and NODE_EXTRA_CA_CERTS, or name the CA’s file in the TLS settings.',
  };
  return new DriverError(failure);
}
