import { randomBytes } from 'node:crypto';
import { Secret } from '../../events/secret.ts';
import { KEYCHAIN_TIMEOUT_MS } from '../limits.ts';
import { VaultError } from './vault-error.ts';

/** Under which the platform's keychain shows our keys. */
export const KEYCHAIN_SERVICE = 'Querytape';

/**
 * Where the platform keeps a user's secrets: macOS Keychain, Windows Credential Vault, the Secret Service on
 * Linux.
 */
export interface Keychain {
  /** Null where it keeps none. @throws VaultError `vault.keychainGone` */
  get(account: string): Promise<Secret | null>;
  /** @throws VaultError `vault.keychainGone` */
  set(account: string, secret: Secret): Promise<void>;
  /** False where there was none. @throws VaultError `vault.keychainGone` */
  delete(account: string): Promise<boolean>;
}

/** The part of keytar that is used (keytar 7.9.0, keytar.d.ts). */
interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

interface KeychainOptions {
  /** Loads keytar. It is an optional dependency: where it could not be built it isn't there. */
  readonly load?: () => Promise<Keytar>;
  readonly timeoutMs?: number;
}

/**
 * The keychain of this account, once it has proved that it keeps what it is given: without an unlocked
 * keyring `get` answers null as if nothing were there, and only `set` fails. There is no other place that
 * this falls back to.
 * @throws VaultError `vault.keychainGone` with the reason
 */
export async function openKeychain(options: KeychainOptions = {}): Promise<Keychain> {
  const { load = loadKeytar, timeoutMs = KEYCHAIN_TIMEOUT_MS } = options;
  const keytar = await inTime(load(), timeoutMs, 'can’t be loaded');
  const keychain = keychainOf(keytar, timeoutMs);
  const account = `probe-${randomBytes(8).toString('hex')}`;
  const word = new Secret(randomBytes(16).toString('hex'));
  await keychain.set(account, word);
  const kept = await keychain.get(account);
  await keychain.delete(account);
  if (kept === null || !kept.equals(word))
    throw new VaultError(
      'vault.keychainGone',
      'The keychain of this machine does not keep what it is given.',
    );
  return keychain;
}

/** `keytar` as a keychain of ours, each question with a time limit. */
function keychainOf(keytar: Keytar, timeoutMs: number): Keychain {
  return {
    async get(account) {
      const kept = await inTime(keytar.getPassword(KEYCHAIN_SERVICE, account), timeoutMs, 'can’t be read');
      return kept === null ? null : new Secret(kept);
    },
    set: (account, secret) =>
      inTime(
        keytar.setPassword(KEYCHAIN_SERVICE, account, secret.reveal()),
        timeoutMs,
        'can’t be written to',
      ),
    delete: (account) =>
      inTime(keytar.deletePassword(KEYCHAIN_SERVICE, account), timeoutMs, 'can’t be changed'),
  };
}

async function loadKeytar(): Promise<Keytar> {
  // The name is a variable, so that neither compiler nor bundler needs what may not be installed.
  const name: string = 'keytar';
  const module = await import(/* @vite-ignore */ name).catch((error: Error) => {
    // Node calls it a package or a module, by the kind of the file that looks for it, and names that file.
    throw /^Cannot find (?:package|module) 'keytar'/.test(error.message) ? NOT_INSTALLED : error;
  });
  return module.default ?? module;
}

const NOT_INSTALLED = new Error(
  'the package keytar is not installed. Install Querytape without --omit=optional to use the keychain',
);

/** A call that hangs, as one to a stopped keyring does, can't be called back; it is left behind. */
async function inTime<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    const { message } = error as Error;
    throw new VaultError('vault.keychainGone', `The keychain of this machine ${what}: ${message}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}
