import type { ProfileView } from '../events/config.ts';
import type { Profile, Target } from '../events/profile.ts';
import type { Secret } from '../events/secret.ts';
import type { Profiles } from './profiles.ts';
import type { Vault } from './vault/vault.ts';

/**
 * All profiles there are: those of this run alone (the demo, unsaved ones), and the vault's while it is
 * unlocked. What a session is allowed depends on what these say, never on a request.
 */
export class ProfileSources {
  readonly #memory: Profiles;
  readonly #vault: Vault;

  constructor(memory: Profiles, vault: Vault) {
    this.#memory = memory;
    this.#vault = vault;
  }

  list(): readonly Profile[] {
    return [...this.#memory.list(), ...this.#vault.list()];
  }

  /** All, with the names of their secrets. */
  views(): readonly ProfileView[] {
    const memory = this.#memory.list().map((profile) => ({ profile, secrets: [], kept: 'memory' }) as const);
    const kept = this.#vault.list().map((profile) => {
      return { profile, secrets: this.#vault.secretNames(profile.profileId), kept: 'vault' } as const;
    });
    return [...memory, ...kept];
  }

  get(profileId: string): Profile | undefined {
    return this.#memory.get(profileId) ?? this.#vault.get(profileId);
  }

  /** Why a profile is not to be found (now). */
  missing(profileId: string): { readonly code: string; readonly message: string } {
    if (this.#vault.state === 'locked')
      return {
        code: 'vault.locked',
        message: 'The vault is locked. Unlock it, then open the connection again.',
      };
    return this.#memory.missing(profileId);
  }

  /** The password, requested for each connection and never stored. */
  password(profileId: string): string | undefined {
    return this.#isInMemory(profileId) ? this.#memory.password(profileId) : this.#vault.password(profileId);
  }

  /** The text of a secret, for the one moment it is needed. */
  secretText(profileId: string, name: string): string | undefined {
    return this.secret(profileId, name)?.reveal();
  }

  /** Any secret of a saved profile: the caller's own copy. */
  secret(profileId: string, name: string): Secret | undefined {
    return this.#isInMemory(profileId) ? undefined : this.#vault.secret(profileId, name);
  }

  addUnsaved(name: string, target: Target, environment: Profile['environment'], password?: string): Profile {
    return this.#memory.addUnsaved(name, target, environment, password);
  }

  #isInMemory(profileId: string): boolean {
    return this.#memory.get(profileId) !== undefined;
  }
}
