import type { Profile, Target } from '../events/profile.ts';
import type { Secret } from '../events/secret.ts';
import type { Profiles } from './profiles.ts';
import type { Vault } from './vault/vault.ts';

/**
 * All profiles there are: those of this run alone (the demo, unsaved ones), and the vault's while it is unlocked. What a
 * session is allowed depends on what these say, never on a request.
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

  get(profileId: string): Profile | undefined {
    return this.#memory.get(profileId) ?? this.#vault.get(profileId);
  }

  /** The password, asked for each time a connection is made and kept by nobody. */
  password(profileId: string): string | undefined {
    return this.#isInMemory(profileId) ? this.#memory.password(profileId) : this.#vault.password(profileId);
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
