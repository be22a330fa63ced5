import { isSystemCode, systemSentence } from '../../events/system-error.ts';

/**
 * A vault operation failed. `code` is the system's errno (`ENOSPC`, `EACCES` …) or one of ours:
 *
 * - opening: `vault.damaged`, `vault.foreign` (not a vault at all), `vault.newer` (written by a newer program),
 *   `vault.missing` (only the backup is there)
 * - unlocking: `vault.wrongPassphrase`, `vault.tooSoon` (wait `retryAfterMs`), `vault.keychainGone` (no keychain
 *   here), `vault.keyGone` (the keychain has no key for this vault), `vault.passphraseNeeded`
 * - using: `vault.locked`, `vault.absent`, `vault.exists`, `vault.weakPassphrase`, `vault.full`, `vault.busy`
 *   (another process saves), `vault.changed` (another process changed how it is protected), `vault.conflict` (another
 *   process changed this very profile), `vault.gone` (the file was removed), `vault.rolledBack` (an older copy was put in its place), `vault.unsynced` (saved, but perhaps not
 *   beyond a power cut), `vault.noBackup`
 * - profiles: `profile.unknown`, `profile.nameTaken`, `profile.invalid`, `profile.secret` (a secret's name or length)
 *
 * A message names profiles and files, never a secret.
 */
export class VaultError extends Error {
  readonly code: string;
  /** With `vault.tooSoon` and `vault.wrongPassphrase`: milliseconds until the next attempt is looked at. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(message, options);
    this.name = 'VaultError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** `error` as a VaultError that keeps it as its cause. */
export function vaultError(error: unknown, message: string): VaultError {
  if (error instanceof VaultError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const known = typeof code === 'string' && /^[A-Za-z0-9_.-]{1,48}$/.test(code) ? code : 'EUNKNOWN';
  return new VaultError(known, `${message}. ${isSystemCode(known) ? systemSentence(known) : known}`, {
    cause: error,
  });
}
