import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DriverError } from '../../../src/drivers/driver.ts';
import { PEM_FILE_BYTES_MAX } from '../../../src/drivers/limits.ts';
import { failureOf as ofMongodb } from '../../../src/drivers/mongodb/failure.ts';
import { failureOf as ofMysql } from '../../../src/drivers/mysql/failure.ts';
import { failureOf as ofPostgres } from '../../../src/drivers/postgres/failure.ts';
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

describe('a CA file that is out of date', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [10, 'CERT_HAS_EXPIRED', /\(caFile\) expired on .* GMT\.$/, /CA’s new certificate/],
    [-10, 'CERT_NOT_YET_VALID', /\(caFile\) is valid from .* GMT on\.$/, /clock/],
  ] as const)(
    'by %i days is named, as the server’s certificate may be well',
    async (days, code, words, advice) => {
      const { caFile } = certificates;
      vi.setSystemTime(Date.now() + days * 24 * 3600_000);
      for (const mode of ['verify-ca', 'verify-full'] as const) {
        const failure = await failureWith(tlsOptions(target({ mode, caFile })));
        expect(failure).toMatchObject({ code, source: 'client', advice: expect.stringMatching(advice) });
        expect(failure.message).toMatch(words);
        expect(failure.message).toContain(caFile);
      }
      expect(await tlsOptions(target({ mode: 'require', caFile }))).not.toBeNull();
    },
  );

  it('is taken where one of its certificates is valid, or can’t be read', async () => {
    const { caFile, otherCaFile } = certificates;
    const longer = join(folder, 'longer.pem');
    await run('openssl', [
      'x509',
      '-in',
      otherCaFile,
      '-signkey',
      otherCaFile.replace(/crt$/, 'key'),
      '-days',
      '40',
      '-out',
      longer,
    ]);
    const expired = await readFile(caFile, 'latin1');
    const bundle = `${expired}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n${await readFile(longer, 'latin1')}`;
    vi.setSystemTime(Date.now() + 10 * 24 * 3600_000);
    expect(`${(await tlsOptions(target({ caFile: await fileOf(bundle) })))?.ca}`).toBe(bundle);
  });
});

describe.each([
  ['PostgreSQL', ofPostgres],
  ['MySQL', ofMysql],
  ['MongoDB', ofMongodb],
] as const)('TLS that a server of %s ends', (_engine, failureOf) => {
  it.each([
    ['sslv3 alert certificate expired', 45, 'tls.clientCertificate', /valid now/],
    ['tlsv1 alert unknown ca', 48, 'tls.clientCertificate', /authority that the server trusts/],
    ['tlsv13 alert certificate required', 116, 'tls.clientCertificate', /client certificate/],
    ['ssl/tls alert bad certificate', 42, 'tls.clientCertificate', /client certificate/],
    ['tlsv1 alert protocol version', 70, 'tls.version', /TLS version/],
    ['tlsv1 unrecognized name', 112, 'tls.serverName', /server name/],
  ] as const)(
    'by “%s” is reported by what that means, without OpenSSL’s own places',
    (reason, alert, code, advice) => {
      const message = `807CC65E387F0000:error:0A000415:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number ${alert}\n`;
      const error = Object.assign(new Error(message), {
        code: `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`,
      });
      const name = reason.replace(/^\S+ (?:alert )?/, '');
      expect(failureOf(error)).toEqual({
        code,
        source: 'connection',
        message: `The server ended TLS with the alert “${name}”.`,
        advice: expect.stringMatching(advice),
      });
    },
  );

  it.each(['INVALID_PURPOSE', 'INVALID_CA', 'PATH_LENGTH_EXCEEDED', 'UNSPECIFIED'])(
    'as its certificate is not fit (%s) comes with what to do',
    (code) => {
      const failure = failureOf(Object.assign(new Error('unsuitable'), { code }));
      expect(failure).toMatchObject({ code, advice: expect.stringMatching(/not fit for this/) });
    },
  );
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
      expect(ofPostgres(error)).toMatchObject({ code, advice: expect.stringMatching(advice) });
    },
  );
});
