import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Profile, SecretName } from '../../events/profile.ts';
import { part } from '../../events/schema.ts';
import { Secret } from '../../events/secret.ts';
import { VaultError } from './vault-error.ts';

/** A profile as the vault holds it. */
export interface Entry {
  readonly profile: Profile;
  /** The vault's revision at which this entry was last written. Shows that another process changed it. */
  readonly revision: number;
  readonly secrets: ReadonlyMap<string, Secret>;
}

/** Profiles by id, in the order they were made. */
export type Contents = ReadonlyMap<string, Entry>;

const Plain = part({
  profiles: Type.Array(
    part({
      profile: Profile,
      revision: Type.Integer({ minimum: 1 }),
      secrets: Type.Record(SecretName, Type.String()),
    }),
  ),
});

/** The contents as bytes to seal. The caller overwrites them. */
export function plainOf(contents: Contents): Buffer {
  const profiles = [...contents.values()].map(({ profile, revision, secrets }) => ({
    profile,
    revision,
    secrets: Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal()])),
  }));
  return Buffer.from(JSON.stringify({ profiles }), 'utf8');
}

/**
 * The contents in unsealed bytes. They were sealed by a program that has the key, so what does not fit here was
 * written by one that knows more.
 * @throws VaultError `vault.newer`
 */
export function contentsOf(plain: Buffer): Map<string, Entry> {
  let value: unknown;
  try {
    value = JSON.parse(plain.toString('utf8'));
  } catch {
    value = null;
  }
  if (!Value.Check(Plain, value))
    throw new VaultError(
      'vault.newer',
      'This vault holds what this Querytape does not know. Use a newer one.',
    );
  return new Map(
    value.profiles.map(({ profile, revision, secrets }) => [
      profile.profileId,
      {
        profile,
        revision,
        secrets: new Map(Object.entries(secrets).map(([name, text]) => [name, new Secret(text)])),
      },
    ]),
  );
}

/** Overwrites every secret of `contents` that `kept` does not hold. */
export function wipeContents(contents: Contents, kept: Contents = new Map()): void {
  const stays = new Set([...kept.values()].flatMap(({ secrets }) => [...secrets.values()]));
  for (const { secrets } of contents.values())
    for (const secret of secrets.values()) if (!stays.has(secret)) secret.wipe();
}
