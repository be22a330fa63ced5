import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { ParsedKey } from 'ssh2';
import { readBounded } from '../bounded-file.ts';
import { DriverError } from '../driver.ts';
import { KEY_DERIVATION_TIMEOUT_MS, KEY_FILE_BYTES_MAX } from '../limits.ts';
import { startThread } from '../thread.ts';
import { type HopName, sshError } from './failures.ts';
import { type KeyPair, openPkcs8, pkcs8In } from './pkcs8.ts';
import { utils } from './ssh2.ts';

/** A private key in a file. */
export interface KeyFile {
  readonly file: string;
  readonly bytes: Buffer;
  /** It can be used as it is: no passphrase protects it. */
  readonly open: PrivateKey | null;
  /** Its public half, null where only the passphrase gives it. */
  readonly publicKey: ParsedKey | null;
}

/** A private key that can sign. */
export interface PrivateKey {
  readonly publicKey: ParsedKey;
  readonly key: KeyObject;
}

/** What the thread is given, and answers. */
export interface DerivationInput {
  readonly bytes: Uint8Array;
  readonly passphrase: string;
}
export type Derivation = KeyPair | { readonly failed: 'passphrase' | 'cipher' };

const NO_PASSPHRASE = /no passphrase given/;
const GROUP_AND_OTHERS = 0o077;

/**
 * Reads a file with a private key: OpenSSH's format, PEM (RSA, DSA, EC), PKCS #8 or PuTTY's.
 * @throws DriverError `ssh.keyMissing`, `ssh.keyUnprotected` where other users may read it, `ssh.keyInvalid`
 */
export async function readKeyFile(file: string, at: HopName): Promise<KeyFile> {
  const bytes = await readOwnKey(file, at);
  const pkcs8 = pkcs8In(bytes.toString('latin1'));
  if (pkcs8 === 'locked') return { file, bytes, open: null, publicKey: null };
  if (pkcs8 === 'open') {
    const open = openedPkcs8(file, bytes, at);
    return { file, bytes, open, publicKey: open.publicKey };
  }
  const parsed = utils.parseKey(bytes);
  if (!(parsed instanceof Error)) {
    const opened = [parsed].flat()[0]!;
    if (!opened.isPrivateKey()) throw invalid(file, 'it holds a public key', at);
    return { file, bytes, open: signing(opened, opened.getPrivatePEM(), file, at), publicKey: opened };
  }
  if (!NO_PASSPHRASE.test(parsed.message)) throw invalid(file, parsed.message, at);
  const blob = publicBlob(bytes.toString('latin1'));
  const publicKey = blob ? utils.parseKey(blob) : null;
  return { file, bytes, open: null, publicKey: publicKey instanceof Error ? null : publicKey };
}

/**
 * Opens a key by its passphrase. The derivation takes most of a second by design, so a thread of its own does it.
 * @throws DriverError `ssh.passphraseWrong`, `ssh.keyInvalid` where it takes too long
 */
export async function unlockKey(
  { file, bytes }: KeyFile,
  passphrase: string,
  at: HopName,
  signal: AbortSignal,
): Promise<PrivateKey> {
  const workerData: DerivationInput = { bytes, passphrase };
  const worker = startThread('private-key-worker', import.meta.url, { workerData });
  const timeout = AbortSignal.timeout(KEY_DERIVATION_TIMEOUT_MS);
  const stop = AbortSignal.any([signal, timeout]);
  const aborted = (): void => void worker.terminate();
  try {
    const derived = await new Promise<Derivation>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The thread has ended.')));
      if (stop.aborted) aborted();
      stop.addEventListener('abort', aborted, { once: true });
    });
    if ('failed' in derived) {
      if (derived.failed === 'passphrase') throw sshError('ssh.passphraseWrong', at, file);
      throw invalid(file, 'the built-in client does not have its cipher, which OpenSSH may have', at);
    }
    return ofPair(derived, file, at);
  } catch (error) {
    if (error instanceof DriverError) throw error;
    throw sshError('ssh.keyInvalid', at, `${file}: its key derivation takes too long`);
  } finally {
    stop.removeEventListener('abort', aborted);
    await worker.terminate();
  }
}

function openedPkcs8(file: string, bytes: Buffer, at: HopName): PrivateKey {
  try {
    return ofPair(openPkcs8(bytes), file, at);
  } catch (error) {
    if (error instanceof DriverError) throw error;
    throw invalid(file, 'its key is damaged, or of a type that SSH does not have', at);
  }
}

function ofPair({ pem, publicSsh }: KeyPair, file: string, at: HopName): PrivateKey {
  const publicKey = utils.parseKey(Buffer.from(publicSsh));
  if (publicKey instanceof Error) throw invalid(file, publicKey.message, at);
  return signing(publicKey, pem, file, at);
}

function signing(publicKey: ParsedKey, pem: string, file: string, at: HopName): PrivateKey {
  try {
    return { publicKey, key: createPrivateKey(pem) };
  } catch (error) {
    throw invalid(file, (error as Error).message, at);
  }
}

/** The public key that a file in OpenSSH's format (PROTOCOL.key) has before what is encrypted. */
function publicBlob(text: string): string | null {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (!base64) return null;
  const bytes = Buffer.from(base64, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer | null => {
    if (at + 4 > bytes.length) return null;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    const found = bytes.subarray(at + 4, end);
    at = end;
    return found;
  };
  // Cipher, key derivation and its options, then the number of keys.
  for (let skipped = 0; skipped < 3; skipped += 1) if (!next()) return null;
  at += 4;
  const blob = next();
  const typeLength = blob && blob.length > 4 ? blob.readUInt32BE(0) : 0;
  if (!blob || typeLength === 0 || typeLength > 64) return null;
  return `${blob.toString('latin1', 4, 4 + typeLength)} ${blob.toString('base64')}`;
}

/**
 * The bytes of a private key's file, which other users must not be able to read.
 * @throws DriverError `ssh.keyMissing`, `ssh.keyInvalid` for a public key, `ssh.keyUnprotected`
 */
export async function readOwnKey(file: string, at: HopName): Promise<Buffer> {
  let isUnprotected = false;
  const bytes = await readBounded(file, KEY_FILE_BYTES_MAX, ({ uid, mode }) => {
    // As ssh does: only of a file that is ours, as a system's may be shared by a group.
    const isOurs = process.platform !== 'win32' && uid === process.getuid?.();
    isUnprotected = isOurs && (mode & GROUP_AND_OTHERS) !== 0;
  }).catch((error: NodeJS.ErrnoException) => {
    throw sshError('ssh.keyMissing', at, `${file}: ${error.code ?? error.message}`);
  });
  // It may be readable for all, and to protect it would not help.
  if (PUBLIC_KEY.test(bytes.toString('latin1'))) throw invalid(file, 'it holds a public key', at);
  if (isUnprotected) throw sshError('ssh.keyUnprotected', at, file);
  return bytes;
}

/** A public key as OpenSSH writes it, or as RFC 4716 does. */
const PUBLIC_KEY = /^(?:(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+ AAAA|---- BEGIN SSH2 PUBLIC KEY ----)/;

function invalid(file: string, reason: string, at: HopName): DriverError {
  return sshError('ssh.keyInvalid', at, `${file}: ${reason}`);
}
