import type { Tls } from './profile.ts';

/** What each file of a profile's TLS settings holds, by its name in PEM (RFC 7468; OpenSSL manual, "PEM_read_bio_X509_AUX"). */
export const TLS_FILES = {
  caFile: 'CERTIFICATE',
  certFile: 'CERTIFICATE',
  keyFile: 'PRIVATE KEY',
  serverKeyFile: 'PUBLIC KEY',
} as const satisfies Partial<Record<keyof Tls, string>>;

export type TlsFile = keyof typeof TLS_FILES;

/** Whether a text begins what the file is named for, in PEM. */
export function beginsPem(text: string, file: TlsFile): boolean {
  return new RegExp(`-----BEGIN [A-Z0-9 ]*${TLS_FILES[file]}-----`).test(text);
}
