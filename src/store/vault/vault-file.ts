import { createHash } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type Of, part } from '../../events/schema.ts';
import { isPayable } from './scrypt.ts';
import { VaultError } from './vault-error.ts';

/** The version of the file's layout that this program writes. */
const VAULT_FORMAT = 1;
const MAGIC = 'querytape-vault ';

const Base64 = (bytes: number) => {
  const length = Math.ceil(bytes / 3) * 4;
  return Type.String({ pattern: '^[A-Za-z0-9+/]+={0,2}$', minLength: length, maxLength: length });
};
/** A data key under a key of the passphrase or the keychain: nonce, then 32 bytes and a tag. */
const wrapped = { nonce: Base64(12), wrappedKey: Base64(48) };

/** What opens a vault: a passphrase, or a key that the platform's keychain keeps under `account`. */
export const Protection = Type.Union([
  part({
    kind: Type.Literal('passphrase'),
    kdf: Type.Literal('scrypt'),
    N: Type.Integer(),
    r: Type.Integer(),
    p: Type.Integer(),
    salt: Base64(16),
    ...wrapped,
  }),
  part({
    kind: Type.Literal('keychain'),
    account: Type.String({ pattern: '^[0-9a-f-]{1,100}$' }),
    ...wrapped,
  }),
]);
export type Protection = Of<typeof Protection>;

/** What a vault says of itself in the open. Bound to its contents, so that none of it can be changed. */
export const Header = part({
  vaultId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  /** Counts saves from 1. */
  revision: Type.Integer({ minimum: 1 }),
  /** Milliseconds since 1970 UTC. */
  savedAt: Type.Integer({ minimum: 0 }),
  protection: Protection,
  /** Of the contents. */
  nonce: Base64(12),
});
export type Header = Of<typeof Header>;

/** A vault's file, read but not opened. */
export interface VaultFile {
  readonly header: Header;
  readonly sealed: Buffer;
  /** The lines that the contents are bound to. */
  readonly associated: string;
  /** Names these very bytes. */
  readonly digest: string;
}

/** The lines in the open, to which the contents are bound. */
export function associatedOf(header: Header): string {
  return `${MAGIC}${VAULT_FORMAT}\n${JSON.stringify(header)}\n`;
}

/**
 * The file as text: four lines, of which the first and the last look like this in every version to come.
 *
 *     querytape-vault 1
 *     {"vaultId": …}
 *     base64 of the sealed contents
 *     sha256 of the lines above
 */
export function encodeVault(associated: string, sealed: Uint8Array): Buffer {
  const lines = `${associated}${Buffer.from(sealed).toString('base64')}\n`;
  return Buffer.from(`${lines}sha256 ${sha256(lines)}\n`, 'utf8');
}

/**
 * Reads a vault's bytes. The checksum distinguishes damage from a wrong passphrase before one is requested.
 * @throws VaultError `vault.foreign`, `vault.damaged`, `vault.newer`
 */
export function decodeVault(bytes: Uint8Array): VaultFile {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.startsWith(MAGIC))
    throw text.length < MAGIC.length && MAGIC.startsWith(text)
      ? damaged('it ends before it has begun')
      : new VaultError('vault.foreign', 'This file is not a vault of Querytape.');
  const last = text.lastIndexOf('\n', text.length - 2) + 1;
  if (text.slice(last) !== `sha256 ${sha256(text.slice(0, last))}\n`) throw damaged('its sum does not match');
  const [first = '', second = '', third = '', ...rest] = text.slice(0, last).split('\n');
  const version = Number(/^querytape-vault ([1-9][0-9]{0,5})$/.exec(first)?.[1] ?? 0);
  if (version > VAULT_FORMAT)
    throw new VaultError(
      'vault.newer',
      `This vault is of version ${version} and was written by a newer Querytape; this one reads version ${VAULT_FORMAT}. Update Querytape to open it.`,
    );
  if (version !== VAULT_FORMAT || rest.length !== 1 || rest[0] !== '')
    throw damaged('its lines are not those');
  const header = headerOf(second);
  const sealed = Buffer.from(third, 'base64');
  if (sealed.toString('base64') !== third) throw damaged('its contents are not base64');
  return { header, sealed, associated: `${first}\n${second}\n`, digest: sha256(text) };
}

function headerOf(line: string): Header {
  let header: unknown;
  try {
    header = JSON.parse(line);
  } catch {
    throw damaged('its header is not JSON');
  }
  if (!Value.Check(Header, header)) throw damaged('its header is not one');
  const { protection } = header;
  if (protection.kind === 'passphrase' && !isPayable(protection))
    throw damaged('it asks for more memory than a vault may');
  return header;
}

function damaged(why: string): VaultError {
  return new VaultError('vault.damaged', `The vault is damaged: ${why}.`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
