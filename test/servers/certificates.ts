import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { program } from './debian.ts';

const run = promisify(execFile);

/** What opens the client's encrypted key. */
export const KEY_PASSPHRASE = 'canary of the key';

/** Certificates of the tests' own, in files. */
export interface Certificates {
  /** Signs the server's and the client's. */
  readonly caFile: string;
  /** Signs nothing that is used here. */
  readonly otherCaFile: string;
  /** In PEM, for `localhost` and nothing else. */
  readonly server: { readonly certificate: string; readonly key: string; readonly ca: string };
  /** For the address 127.0.0.1 and nothing else. */
  readonly addressed: { readonly certificate: string; readonly key: string };
  /** Of the user named by `clientName`. */
  readonly client: { readonly certFile: string; readonly keyFile: string };
  /** The client's key, encrypted with `KEY_PASSPHRASE`. */
  readonly encryptedKeyFile: string;
  remove(): Promise<void>;
}

/** Makes a CA, a server's certificate for `localhost`, a client's for a user, and a CA that has nothing to do with them. */
export async function makeCertificates(clientName: string): Promise<Certificates> {
  const openssl = await program(['openssl'], 'openssl');
  const folder = await mkdtemp(join(tmpdir(), 'querytape-tls-'));
  const at = (name: string): string => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const ca = async (name: string): Promise<void> => {
    await run(openssl, [
      'req',
      '-x509',
      ...key,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.crt`),
      '-subj',
      `/CN=${name}`,
    ]);
  };
  const signed = async (name: string, subject: string, extension?: string): Promise<void> => {
    await run(openssl, [
      'req',
      ...key,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.csr`),
      '-subj',
      `/CN=${subject}`,
    ]);
    await writeFile(at(`${name}.ext`), extension ?? 'extendedKeyUsage=clientAuth\n');
    const by = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2'];
    await run(openssl, [
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      ...by,
      '-extfile',
      at(`${name}.ext`),
      '-out',
      at(`${name}.crt`),
    ]);
  };
  await ca('ca');
  await ca('other');
  await signed('server', 'localhost', 'subjectAltName=DNS:localhost\n');
  await signed('addressed', '127.0.0.1', 'subjectAltName=IP:127.0.0.1\n');
  await signed('client', clientName);
  const encrypted = ['-topk8', '-v2', 'aes-256-cbc', '-passout', `pass:${KEY_PASSPHRASE}`];
  await run(openssl, ['pkcs8', ...encrypted, '-in', at('client.key'), '-out', at('encrypted.key')]);
  const text = (name: string): Promise<string> => readFile(at(name), 'utf8');
  return {
    caFile: at('ca.crt'),
    otherCaFile: at('other.crt'),
    server: {
      certificate: await text('server.crt'),
      key: await text('server.key'),
      ca: await text('ca.crt'),
    },
    addressed: { certificate: await text('addressed.crt'), key: await text('addressed.key') },
    client: { certFile: at('client.crt'), keyFile: at('client.key') },
    encryptedKeyFile: at('encrypted.key'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
