import { engineCalled } from '../../events/engines/index.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { type Fields, isRecord, jsonOf, textOf, yesOf } from './record.ts';
import { simplyDecrypted } from './simple-encryptor.ts';
import { candidateOfUrl } from './url.ts';

/** With which DbGate encrypts its own key: it stands in its source (packages/api/src/utility/crypting.js). */
const PUBLIC_KEY = 'mQAUaXhavRGJDxDTXSCg7Ej0xMmGCrx6OKA07DIMBiDcYYkvkaXjTAzPUEHEHEf9';

/**
 * Reads DbGate's `~/.dbgate/connections.jsonl`: one JSON object a line, the fields those of its connection
 * form (dbgate/dbgate: packages/api/src/controllers/connections.js,
 * packages/web/src/settings/Connection*Fields.svelte).
 * `keyFile` is the text of `~/.dbgate/.key` beside it, without which its encrypted passwords stay what they are.
 */
export function importDbgate(text: string, keyFile?: string): Imported {
  const notTaken: NotTaken[] = [];
  const made: (Candidate | readonly NotTaken[])[] = [];
  const key = keyFile === undefined ? null : keyOf(keyFile);
  for (const [i, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue;
    const connection = jsonOf(row);
    if (isRecord(connection)) made.push(candidateOfConnection(`line ${i + 1}`, connection, key));
    else notTaken.push({ what: `line ${i + 1}`, code: 'dbgate.syntax', why: 'It is not a JSON object.' });
  }
  return importedOf(made, notTaken);
}

function candidateOfConnection(
  line: string,
  it: Fields,
  key: string | null,
): Candidate | readonly NotTaken[] {
  const name = textOf(it, 'displayName');
  const origin = name ?? line;
  const [word = ''] = (textOf(it, 'engine') ?? '').split('@');
  const engine = engineCalled(word);
  if (engine === undefined)
    return [{ what: origin, code: 'import.engine', why: 'Querytape does not support its engine.' }];
  const found: Found = {
    engine,
    name,
    host:
      textOf(it, 'socketPath') && textOf(it, 'authType') === 'socket'
        ? textOf(it, 'socketPath')
        : textOf(it, 'server'),
    port: textOf(it, 'port'),
    database: textOf(it, 'defaultDatabase'),
    user: textOf(it, 'user'),
    readOnly: yesOf(it, 'isReadOnly'),
    folder: textOf(it, 'parent'),
    caFile: textOf(it, 'sslCaFile'),
    certFile: textOf(it, 'sslCertFile'),
    keyFile: textOf(it, 'sslKeyFile'),
    askPassword: /^ask/.test(textOf(it, 'passwordMode') ?? '') || undefined,
    notTaken: [],
  };
  if (yesOf(it, 'useSsl')) found.tlsMode = yesOf(it, 'sslRejectUnauthorized') ? 'verify-full' : 'require';
  else {
    // A form that was never touched leaves the field out.
    if (Object.hasOwn(it, 'useSsl')) found.tlsMode = 'disable';
    for (const file of ['caFile', 'certFile', 'keyFile'] as const) found[file] = undefined;
  }
  const secret = (field: string): string | undefined => {
    const kept = secretOf(textOf(it, field), key);
    if (kept !== null) return kept;
    found.notTaken.push({
      what: field,
      code: 'import.encrypted',
      why: 'It is encrypted, and its key was not found.',
    });
    return undefined;
  };
  found.password = secret('password');
  found.tlsPassphrase = secret('sslCertFilePassword');
  if (yesOf(it, 'useSshTunnel')) takeTunnel(found, it, secret);
  const url = textOf(it, 'databaseUrl');
  if (!yesOf(it, 'useDatabaseUrl') || url === undefined) return candidateOf(origin, found);
  const { host, port, database, user, password, tlsMode, ...rest } = found;
  if (host !== undefined && host !== '')
    rest.notTaken.push({
      what: 'databaseUrl',
      code: 'import.overridden',
      why: 'A host is named beside the URL. The URL counts.',
    });
  const said = Object.entries(rest).filter(([field, value]) => value !== undefined && field !== 'engine');
  return candidateOfUrl(origin, url, Object.fromEntries(said));
}

function takeTunnel(found: Found, it: Fields, secretOf: (field: string) => string | undefined): void {
  const host = textOf(it, 'sshHost');
  if (host === undefined) return;
  const mode = textOf(it, 'sshMode');
  const keyFile = mode === 'keyFile' ? textOf(it, 'sshKeyfile') : undefined;
  const hop = {
    port: textOf(it, 'sshPort'),
    user: textOf(it, 'sshLogin'),
    by: mode === 'agent' ? 'agent' : keyFile === undefined ? 'password' : 'key',
    keyFile,
    password: secretOf('sshPassword'),
    passphrase: secretOf('sshKeyfilePassword'),
  } as const;
  const bastion = textOf(it, 'sshBastionHost');
  const first = bastion === undefined ? [] : [{ ...hop, host: bastion, port: undefined }];
  found.hops = [...first, { ...hop, host }];
}

/** The secret, undefined for none, null for one that can't be decrypted. */
function secretOf(text: string | undefined, key: string | null): string | undefined | null {
  if (text === undefined || !text.startsWith('crypt:')) return text;
  const word = key === null ? null : simplyDecrypted(text.slice('crypt:'.length), key);
  return typeof word === 'string' ? word : null;
}

function keyOf(keyFile: string): string | null {
  const kept = simplyDecrypted(keyFile.trim(), PUBLIC_KEY);
  return isRecord(kept) ? (textOf(kept, 'encryptionKey') ?? null) : null;
}
