import { Value } from '@sinclair/typebox/value';
import { SECRET_UNITS_MAX } from '../../events/limits.ts';
import { Profile, SecretName } from '../../events/profile.ts';
import type { Secret } from '../../events/secret.ts';
import { PROFILES_MAX, SECRETS_PER_PROFILE_MAX, VAULT_KEYS_MAX } from '../limits.ts';
import type { Contents, Entry } from './contents.ts';
import { VaultError } from './vault-error.ts';

/** What to do with a profile's secrets: set one, or forget it with null. One that is not named stays. */
export type SecretChanges = Readonly<Record<string, Secret | null>>;

/** Makes new contents of old ones. `revision` is the one that the vault will have. */
export type Change = (contents: Contents, revision: number) => Contents;

/** Keeps a profile, a new one or one of the same id. @throws VaultError */
export function saving(profile: Profile, changes: SecretChanges = {}): Change {
  return (contents, revision) => {
    assertProfile(profile);
    assertName(contents, profile.profileId, profile.name);
    const secrets = new Map(contents.profiles.get(profile.profileId)?.secrets);
    for (const [name, secret] of Object.entries(changes)) {
      assertSecret(name, secret);
      if (secret === null) secrets.delete(name);
      // The vault's own copy: the caller may wipe theirs.
      else secrets.set(name, secret.copy());
    }
    // Asked for at each opening: never stored, and what was stored before goes.
    if (profile.askPassword) secrets.delete('password');
    if (secrets.size > SECRETS_PER_PROFILE_MAX)
      throw new VaultError('profile.secret', `A profile has at most ${SECRETS_PER_PROFILE_MAX} secrets.`);
    // As it will be read back, and out of the caller's hands.
    const kept: Profile = JSON.parse(JSON.stringify(profile));
    const next = withEntry(contents, { profile: kept, revision, secrets });
    if (next.profiles.size > PROFILES_MAX)
      throw new VaultError('vault.full', `A vault holds at most ${PROFILES_MAX} profiles.`);
    return next;
  };
}

/** Keeps many at once, all or none. A name that is taken gets a number. */
export function savingAll(
  entries: readonly { readonly profile: Profile; readonly secrets?: SecretChanges }[],
): Change {
  return (contents, revision) =>
    entries.reduce((made: Contents, { profile, secrets }) => {
      const name = freeName(made, profile.name);
      return saving({ ...profile, name }, secrets)(made, revision);
    }, contents);
}

/** @throws VaultError `profile.unknown`, `profile.nameTaken`, `profile.invalid` */
export function renaming(profileId: string, name: string): Change {
  return (contents, revision) => {
    const entry = entryOf(contents, profileId);
    return saving({ ...entry.profile, name: name.trim() })(contents, revision);
  };
}

/**
 * A second profile with the same secrets, named `name` or after the first. @throws VaultError
 * `profile.unknown`
 */
export function duplicating(profileId: string, newProfileId: string, name?: string): Change {
  return (contents, revision) => {
    const { profile, secrets } = entryOf(contents, profileId);
    if (contents.profiles.has(newProfileId))
      throw new VaultError('profile.invalid', 'This profile id is taken.');
    const copy = {
      ...profile,
      profileId: newProfileId,
      name: name?.trim() ?? freeName(contents, profile.name),
    };
    return saving(copy, Object.fromEntries(secrets))(contents, revision);
  };
}

/** @throws VaultError `profile.unknown` */
export function deleting(profileId: string): Change {
  return (contents) => {
    entryOf(contents, profileId);
    const profiles = new Map(contents.profiles);
    profiles.delete(profileId);
    return { ...contents, profiles };
  };
}

/**
 * Keeps a key of what is encrypted outside the vault, as the newest. One that is there already stays as it
 * is.
 */
export function keeping(name: string, key: Secret): Change {
  return (contents) => {
    if (contents.keys.has(name)) return contents;
    if (contents.keys.size >= VAULT_KEYS_MAX)
      throw new VaultError('vault.full', `A vault holds at most ${VAULT_KEYS_MAX} keys.`);
    return { ...contents, keys: new Map(contents.keys).set(name, key.copy()) };
  };
}

function entryOf(contents: Contents, profileId: string): Entry {
  const entry = contents.profiles.get(profileId);
  if (entry === undefined) throw new VaultError('profile.unknown', 'The vault has no such profile.');
  return entry;
}

function withEntry(contents: Contents, entry: Entry): Contents {
  return { ...contents, profiles: new Map(contents.profiles).set(entry.profile.profileId, entry) };
}

function assertProfile(profile: Profile): void {
  if (!Value.Check(Profile, profile) || profile.name.trim() === '')
    throw new VaultError('profile.invalid', 'This is not a profile that can be kept.');
}

/** Names are how the command line finds a profile, so each is there once, whatever its case. */
function assertName(contents: Contents, profileId: string, name: string): void {
  for (const { profile } of contents.profiles.values())
    if (profile.profileId !== profileId && folded(profile.name) === folded(name))
      throw new VaultError('profile.nameTaken', `There is a profile named ${profile.name} already.`);
}

function freeName(contents: Contents, name: string): string {
  const taken = new Set([...contents.profiles.values()].map(({ profile }) => folded(profile.name)));
  if (!taken.has(folded(name))) return name;
  for (let number = 2; ; number++) {
    const mark = ` (${number})`;
    const numbered = name.slice(0, 120 - mark.length) + mark;
    if (!taken.has(folded(numbered))) return numbered;
  }
}

function folded(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}

function assertSecret(name: string, secret: Secret | null): void {
  if (!Value.Check(SecretName, name))
    throw new VaultError('profile.secret', 'A secret’s name is a word such as password or ssh.0.passphrase.');
  if (secret !== null && secret.reveal().length > SECRET_UNITS_MAX)
    throw new VaultError(
      'profile.secret',
      `The secret ${name} is longer than ${SECRET_UNITS_MAX} characters.`,
    );
}
