import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriverError } from '../../../src/drivers/driver.ts';
import { PEM_FILE_BYTES_MAX } from '../../../src/drivers/limits.ts';
import { failureOf } from '../../../src/drivers/postgres/failure.ts';
import { serverKeyOf, tlsOptions } from '../../../src/drivers/tls.ts';
import { systemAuthorities } from '../../../src/drivers/trust-store.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import type { Target, Tls } from '../../../src/events/profile.ts';
import { type Certificates, KEY_PASSPHRASE, makeCertificates } from '../../servers/certificates.ts';

const run = promisify(execFile);

let folder: string;
let certificates: Certificates;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'querytape-pem-'));
  certificates = await makeCertificates('reader');
});
afterAll(async () => {
  await certificates.remove();
  await rm(folder, { recursive: true });
});

function target(tls: Partial<Tls>): Target {
  const place = { engine: 'postgres', host: 'db.example', port: 5432, database: '', user: '' } as const;
  return { ...place, tls: { mode: 'verify-full', ...tls } };
}

async function failureWith(work: Promise<unknown>): Promise<FailureText> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DriverError);
  return (error as DriverError).failure;
}

async function fileOf(text: string): Promise<string> {
  const path = join(folder, 'file.pem');
  await writeFile(path, text);
  return path;
}

describe('a file that the TLS settings name', () => {
  it.each([
    ['is empty', ''],
    ['holds other text', 'hello'],
    ['holds a certificate that is cut', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
  ])('is refused by name where it %s, as nothing would be trusted by it', async (_, text) => {
    const caFile = await fileOf(text);
    const failure = await failureWith(tlsOptions(target({ caFile })));
    expect(failure).toMatchObject({ code: 'tls.pem', source: 'client' });
    expect(failure.message).toContain(`${caFile} (caFile) holds no CERTIFICATE`);
  });

  it('is refused where certificate and key are taken for each other', async () => {
    const { certFile, keyFile } = certificates.client;
    const failure = await failureWith(tlsOptions(target({ certFile: keyFile, keyFile: certFile })));
    expect(failure).toMatchObject({ code: 'tls.pem', message: expect.stringContaining('(certFile)') });
    const key = await failureWith(serverKeyOf(target({ serverKeyFile: certFile })));
    expect(key).toMatchObject({ code: 'tls.pem', message: expect.stringContaining('PUBLIC KEY') });
  });

  it('is not waited for where it is a pipe, a folder, or a file without an end', {
    tags: ['slow'],
  }, async () => {
    const pipe = join(folder, 'pipe');
    const inner = join(folder, 'inner');
    await run('mkfifo', [pipe]);
    await mkdir(inner);
    const long = await fileOf('x'.repeat(PEM_FILE_BYTES_MAX + 1));
    for (const [caFile, why] of [
      [pipe, 'it is not a file'],
      [inner, 'it is not a file'],
      [long, 'it is too large'],
      [join(folder, 'absent'), 'ENOENT'],
    ] as const) {
      const failure = await failureWith(tlsOptions(target({ caFile })));
      expect(failure).toMatchObject({ code: 'tls.file', message: expect.stringContaining(why) });
    }
    const store = await failureWith(systemAuthorities({ SSL_CERT_FILE: pipe }));
    expect(store).toMatchObject({ code: 'tls.trustStore', message: expect.stringContaining('not a file') });
    expect(await systemAuthorities({ SSL_CERT_FILE: '/dev/null' })).toBe('');
  });

  it('is taken with text around the certificate, and as OpenSSL writes what it trusts', async () => {
    const { caFile } = certificates;
    for (const form of ['-text', '-trustout']) {
      const { stdout } = await run('openssl', ['x509', '-in', caFile, form]);
      const options = await tlsOptions(target({ caFile: await fileOf(`# ours\n${stdout}`) }));
      expect(`${options?.ca}`).toContain(stdout);
    }
  });
});

describe('a client certificate', () => {
  it('needs its key, in a file of its own or in its own file', { tags: ['slow'] }, async () => {
    const { certFile, keyFile } = certificates.client;
    const both = `${await readFile(certFile, 'latin1')}${await readFile(keyFile, 'latin1')}`;
    for (const half of [{ certFile }, { keyFile }]) {
      const failure = await failureWith(tlsOptions(target(half)));
      expect(failure).toMatchObject({ code: 'tls.keyMissing', advice: expect.any(String) });
    }
    expect(await tlsOptions(target({ certFile, keyFile }))).toMatchObject({
      cert: await readFile(certFile),
      key: await readFile(keyFile),
    });
    expect(`${(await tlsOptions(target({ certFile: await fileOf(both) })))?.key}`).toBe(both);
  });

  it('has its encrypted key opened by the profile’s passphrase, however it is written', {
    tags: ['slow'],
  }, async () => {
    const { client, encryptedKeyFile } = certificates;
    const { certFile } = client;
    const old = join(folder, 'old.pem');
    await run('openssl', [
      'ec',
      '-in',
      client.keyFile,
      '-aes256',
      '-passout',
      `pass:${KEY_PASSPHRASE}`,
      '-out',
      old,
    ]);
    expect(await readFile(old, 'latin1')).toContain('Proc-Type: 4,ENCRYPTED');
    const both = await fileOf(
      `${await readFile(certFile, 'latin1')}${await readFile(encryptedKeyFile, 'latin1')}`,
    );
    const expected = createPublicKey(await readFile(client.keyFile)).export({ type: 'spki', format: 'pem' });
    for (const tls of [
      { certFile, keyFile: encryptedKeyFile },
      { certFile, keyFile: old },
      { certFile: both },
    ]) {
      const options = await tlsOptions(target(tls), { tlsPassphrase: () => KEY_PASSPHRASE });
      expect(createPublicKey(options!.key as Buffer).export({ type: 'spki', format: 'pem' })).toBe(expected);
      const needed = await failureWith(tlsOptions(target(tls), { tlsPassphrase: () => undefined }));
      expect(needed).toMatchObject({ code: 'tls.passphraseNeeded', advice: expect.any(String) });
      const wrong = await failureWith(tlsOptions(target(tls), { tlsPassphrase: () => 'canary of another' }));
      expect(wrong).toMatchObject({ code: 'tls.passphraseWrong', advice: expect.any(String) });
      expect(JSON.stringify([needed, wrong])).not.toContain('canary');
    }
  });
});

describe('OpenSSL’s own errors of a client certificate', () => {
  it.each([['ERR_OSSL_X509_KEY_VALUES_MISMATCH', /not that of the client certificate/]])(
    '%s says what to do',
    (code, advice) => {
      const error = Object.assign(new Error('error:05800074'), { code });
      expect(failureOf(error)).toMatchObject({ code, advice: expect.stringMatching(advice) });
    },
  );
});
