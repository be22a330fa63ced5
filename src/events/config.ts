import type { Policy } from './policy.ts';
import type { PolicyProblem } from './policy-check.ts';
import type { Profile } from './profile.ts';

/** How the vault stands: the answer of `GET /api/vault`. */
export interface VaultView {
  readonly state: 'absent' | 'locked' | 'unlocked' | 'unreadable';
  /** What keeps its key; null while there is no vault that can be read. */
  readonly protection: 'passphrase' | 'keychain' | null;
  /** Whether this machine's keychain keeps what it is given. */
  readonly keychainAvailable: boolean;
  /** Why it is unreadable. */
  readonly problem: { readonly code: string; readonly message: string } | null;
  /** The vault before the last save. `savedAt`: milliseconds since 1970 UTC. */
  readonly backup: { readonly revision: number; readonly savedAt: number } | null;
}

/** A profile as the page sees it: one of `GET /api/profiles`. */
export interface ProfileView {
  readonly profile: Profile;
  /** The names of the secrets that are kept of it. */
  readonly secrets: readonly string[];
  /** `memory`: of this run alone, as the demo is. */
  readonly kept: 'vault' | 'memory';
}

/** Who says what a setting is. `option`: of the command line; `strictest`: the policy can't be read as it was meant. */
export type PolicySource = 'default' | 'file' | 'environment' | 'option' | 'strictest';

/** The policy that holds: the answer of `GET /api/policy`. By JSON pointer where it is by setting. */
export interface PolicyView {
  readonly policy: Policy;
  /** The file. */
  readonly path: string;
  readonly sources: Readonly<Record<string, PolicySource>>;
  /** The variables that can override the file. */
  readonly variables: Readonly<Record<string, string>>;
  /** The variable or option that overrides the file, where one does: such a setting can't be saved. */
  readonly setBy: Readonly<Record<string, string>>;
  /** Not empty: the strictest policy holds until they are fixed. */
  readonly problems: readonly PolicyProblem[];
}
