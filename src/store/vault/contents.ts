import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Profile, SecretName } from '../../events/profile.ts';
import { part } from '../../events/schema.ts';
import { Secret } from '../../events/secret.ts';
import { hopSecret } from '../../events/tunnel.ts';
import { VaultError } from './vault-error.ts';

/** A profile as the vault holds it. */
export interface Entry {
  readonly profile: Profile;
  /** The vault's revision at which this entry was last written. Shows that another process changed it. */
  readonly revision: number;
  readonly secrets: ReadonlyMap<string, Secret>;
}

/** What a vault holds. */
export interface Contents {
  /** By id, in the order they were made. */
  readonly profiles: ReadonlyMap<string, Entry>;
  /** Keys of what is encrypted outside the vault, by name, in the order they were made. */
  readonly keys: ReadonlyMap<string, Secret>;
}

/** What a new vault holds. */
export const EMPTY: Contents = { profiles: new Map(), keys: new Map() };

const KeyName = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });

const Plain = part({
  profiles: Type.Array(
    part({
      profile: Profile,
      revision: Type.Integer({ minimum: 1 }),
      secrets: Type.Record(SecretName, Type.String()),
    }),
  ),
  keys: Type.Optional(Type.Array(part({ name: KeyName, key: Type.String() }))),
});

/** The contents as bytes to seal. The caller overwrites them. */
export function plainOf(contents: Contents): Buffer {
  const profiles = [...contents.profiles.values()].map(({ profile, revision, secrets }) => ({
    profile,
    revision,
    secrets: Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal()])),
  }));
  const keys = [...contents.keys].map(([name, key]) => ({ name, key: key.reveal() }));
  // Without keys it is what a program that knows none can read.
  return Buffer.from(JSON.stringify(keys.length === 0 ? { profiles } : { profiles, keys }), 'utf8');
}

/**
 * The contents in unsealed bytes. They were sealed by a program that has the key, so what does not fit here
 * was written by one that knows more.
 * @throws VaultError `vault.newer`
 */
export function contentsOf(plain: Buffer): Contents {
  let value: unknown;
  try {
    value = JSON.parse(plain.toString('utf8'));
  } catch {
    value = null;
  }
  if (!Value.Check(Plain, value))
    throw new VaultError(
      'vault.newer',
      'This vault was written by a newer Querytape. Update Querytape to open it.',
    );
  const profiles = value.profiles.map(({ profile, revision, secrets }): [string, Entry] => [
    profile.profileId,
    {
      profile,
      revision,
      secrets: new Map(Object.entries(renamed(secrets)).map(([name, text]) => [name, new Secret(text)])),
    },
  ]);
  const keys = (value.keys ?? []).map(({ name, key }): [string, Secret] => [name, new Secret(key)]);
  return { profiles: new Map(profiles), keys: new Map(keys) };
}

/** Names that imports gave to a tunnel's secrets before profiles had tunnels. */
const EARLIER_NAMES = [
  ['sshPassword', hopSecret(0, 'password')],
  ['sshPassphrase', hopSecret(0, 'passphrase')],
] as const;

/** Secrets by the names that they have now; one that is there under its name of today counts. */
function renamed(secrets: Readonly<Record<string, string>>): Record<string, string> {
  const now = { ...secrets };
  for (const [earlier, name] of EARLIER_NAMES) {
    const text = now[earlier];
    delete now[earlier];
    if (text !== undefined) now[name] ??= text;
  }
  return now;
}

/** Overwrites every secret of `contents` that `kept` does not hold. */
export function wipeContents(contents: Contents, kept: Contents = EMPTY): void {
  const stays = new Set(secretsOf(kept));
  for (const secret of secretsOf(contents)) if (!stays.has(secret)) secret.wipe();
}

function secretsOf({ profiles, keys }: Contents): Secret[] {
  return [...keys.values(), ...[...profiles.values()].flatMap(({ secrets }) => [...secrets.values()])];
}
