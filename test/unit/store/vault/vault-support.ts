import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Profile } from '../../../../src/events/profile.ts';
import { Secret } from '../../../../src/events/secret.ts';
import { type Keychain, openKeychain } from '../../../../src/store/vault/keychain.ts';
import { Vault, type VaultOptions } from '../../../../src/store/vault/vault.ts';
import { CHEAP } from './vault-words.ts';

export { CHEAP };

/** A new empty folder, gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-vault-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const passphrase = () => new Secret('correct horse battery');

/** A keychain in memory, behind the same probe as the real one. */
export function memoryKeychain() {
  const kept = new Map<string, string>();
  const keytar = {
    getPassword: async (_: string, account: string) => kept.get(account) ?? null,
    setPassword: async (_: string, account: string, word: string) => void kept.set(account, word),
    deletePassword: async (_: string, account: string) => kept.delete(account),
  };
  return { kept, keytar, keychain: (): Promise<Keychain> => openKeychain({ load: async () => keytar }) };
}

export function openVault(folder: string, options: Partial<VaultOptions> = {}): Promise<Vault> {
  return Vault.open({ folder, cost: CHEAP, now: () => 1000, ...options });
}

/** A vault with a passphrase, unlocked. */
export async function madeVault(folder: string, options: Partial<VaultOptions> = {}): Promise<Vault> {
  const vault = await openVault(folder, options);
  await vault.create({ passphrase: passphrase() });
  return vault;
}

export function profile(profileId: string, more: Partial<Profile> = {}): Profile {
  return {
    profileId,
    name: profileId,
    target: {
      engine: 'postgres',
      host: 'db.example.com',
      port: 5432,
      database: 'app',
      user: 'app',
      tls: { mode: 'verify-full' },
    },
    environment: 'production',
    readOnly: true,
    ...more,
  };
}

/** The code that a promise rejects with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing',
    (error) => error.code ?? String(error),
  );
}
