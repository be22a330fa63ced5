import { createDecipheriv } from 'node:crypto';
import type { Engine } from '../../events/engines/engine-name.ts';
import { engineCalled } from '../../events/engines/index.ts';
import { mariadb } from '../../events/engines/mysql.ts';
import { environmentNamed } from '../../events/environment-name.ts';
import { TUNNEL_HOPS_MAX } from '../../events/limits.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { takeParameters } from './parameters.ts';
import { type Fields, isRecord, jsonOf, recordOf, textOf, yesOf } from './record.ts';
import type { HopFound } from './tunnel.ts';
import { candidateOfUrl, isConnectionUrl } from './url.ts';

/** With which DBeaver encrypts credentials where no master password is set: it stands in its source. */
const PUBLIC_KEY = Buffer.from('babb4a9f774ab853c96c2d653dfe544a', 'hex');

/**
 * Reads DBeaver's `data-sources.json` (dbeaver/dbeaver: DataSourceSerializerModern.java), found in a
 * project's `.dbeaver` folder. `credentials` are the bytes of `credentials-config.json` beside it: an IV and
 * AES-128-CBC of JSON. Shell commands and start-up statements that DBeaver would run are left out.
 */
export function importDbeaver(text: string, credentials?: Uint8Array): Imported {
  const file = jsonOf(text);
  if (!isRecord(file) || !isRecord(file.connections))
    return {
      candidates: [],
      notTaken: [
        { what: 'file', code: 'dbeaver.syntax', why: 'It is no data-sources.json, or an encrypted one.' },
      ],
    };
  const words = credentials === undefined ? {} : decrypted(credentials);
  const notTaken: NotTaken[] =
    words === null
      ? [
          {
            what: 'credentials-config.json',
            code: 'import.encrypted',
            why: 'It is encrypted with a master password.',
          },
        ]
      : [];
  const types = recordOf(file, 'connection-types');
  const made = Object.entries(file.connections).map(([id, connection]) =>
    isRecord(connection)
      ? candidateOfConnection(id, connection, recordOf(words ?? {}, id), types)
      : [{ what: id, code: 'dbeaver.syntax', why: 'It is no connection.' }],
  );
  return importedOf(made, notTaken);
}

function candidateOfConnection(
  id: string,
  it: Fields,
  words: Fields,
  types: Fields,
): Candidate | readonly NotTaken[] {
  const name = textOf(it, 'name');
  const origin = name ?? id;
  const configuration = recordOf(it, 'configuration');
  const engine = engineOf(it);
  if (engine === undefined)
    return [{ what: origin, code: 'import.engine', why: 'Querytape does not support its engine.' }];
  const credentials = recordOf(words, '#connection');
  const plain = recordOf(configuration, 'auth-properties');
  const type = textOf(configuration, 'type');
  const found: Found = {
    engine,
    name,
    host: textOf(configuration, 'host'),
    port: textOf(configuration, 'port'),
    database: textOf(configuration, 'database'),
    user: textOf(credentials, 'user') ?? textOf(plain, 'user') ?? textOf(configuration, 'user'),
    password:
      textOf(credentials, 'password') ?? textOf(plain, 'password') ?? textOf(configuration, 'password'),
    environment: type === undefined ? undefined : environmentOf(type, types),
    readOnly: yesOf(it, 'read-only'),
    folder: textOf(it, 'folder'),
    notes: textOf(it, 'description'),
    notTaken: [],
  };
  takeHandlers(found, configuration, words);
  for (const [part, why] of Object.entries({
    events: 'Shell commands are never taken.',
    bootstrap: 'Start-up statements are never taken.',
  }))
    if (Object.keys(recordOf(configuration, part)).length > 0)
      found.notTaken.push({ what: part, code: 'import.executable', why });
  const properties = Object.entries(recordOf(configuration, 'properties')).filter(
    ([key]) => !['connectTimeout', 'loginTimeout', 'ApplicationName'].includes(key),
  );
  takeParameters(
    found,
    properties.map(([key, value]) => [key, String(value)]),
  );
  const url = textOf(configuration, 'url');
  if (found.host !== undefined && url !== undefined && !url.includes(`//${found.host}`))
    found.notTaken.push({
      what: 'url',
      code: 'import.overridden',
      why: 'A URL beside the host leads elsewhere. The host counts.',
    });
  if (found.host !== undefined || url === undefined) return candidateOf(origin, found);
  if (!isConnectionUrl(url))
    return [{ what: origin, code: 'import.url', why: 'Its URL is of no kind that is known here.' }];
  const said = Object.entries(found).filter(([, value]) => value !== undefined);
  return candidateOfUrl(origin, url, Object.fromEntries(said));
}

function engineOf(it: Fields): Engine | undefined {
  const driver = textOf(it, 'driver') ?? '';
  if (/maria/i.test(driver)) return mariadb.name;
  const provider = textOf(it, 'provider') ?? '';
  return engineCalled(provider);
}

/** DBeaver's own types are `dev`, `test` and `prod`; a type made by hand counts by its name. */
function environmentOf(type: string, types: Fields): Found['environment'] {
  return type === 'test'
    ? 'staging'
    : (environmentNamed(type) ?? environmentNamed(textOf(recordOf(types, type), 'name') ?? ''));
}

function takeHandlers(found: Found, configuration: Fields, words: Fields): void {
  for (const [id, handler] of Object.entries(recordOf(configuration, 'handlers'))) {
    if (!isRecord(handler) || !yesOf(handler, 'enabled')) continue;
    const properties = recordOf(handler, 'properties');
    const credentials = recordOf(words, `network/${id}`);
    if (id === 'ssh_tunnel') takeTunnel(found, handler, properties, credentials);
    else if (/ssl/.test(id)) {
      const mode = textOf(properties, 'sslMode');
      if (mode === undefined) found.tlsMode = 'require';
      else takeParameters(found, [['sslmode', mode]]);
      // The second names are those of older versions (PostgreConstants.java).
      found.caFile = textOf(properties, 'ssl.ca.cert') ?? textOf(properties, 'rootCert');
      found.certFile = textOf(properties, 'ssl.client.cert') ?? textOf(properties, 'clientCert');
      found.keyFile = textOf(properties, 'ssl.client.key') ?? textOf(properties, 'clientKey');
    } else found.notTaken.push({ what: id, code: 'import.unknown', why: 'A profile has no place for this.' });
  }
  if (textOf(configuration, 'config-profile') !== undefined)
    found.notTaken.push({
      what: 'config-profile',
      code: 'import.unknown',
      why: 'Network profiles are not followed.',
    });
}

/** The hops that lead to it are written beside it, with a prefix each (DBeaver's SSHImplementationAbstract, `jumpServer0.`). */
function takeTunnel(found: Found, handler: Fields, properties: Fields, credentials: Fields): void {
  const word = (name: string, prefix = '') => textOf(properties, `${prefix}${name}`);
  const hop = (host: string, prefix: string, of: { user?: string; password?: string }): HopFound => {
    const keyFile = word('keyPath', prefix);
    const type = word('authType', prefix);
    const by = type === 'AGENT' ? 'agent' : type === 'PUBLIC_KEY' && keyFile ? 'key' : 'password';
    const { user, password } = of;
    const secret = by === 'key' ? { passphrase: password } : { password };
    return { host, port: word('port', prefix), user, by, keyFile, ...secret };
  };
  const last = word('host');
  if (last === undefined) return;
  const hops: HopFound[] = [];
  for (let n = 0; n < TUNNEL_HOPS_MAX - 1; n++) {
    const prefix = `jumpServer${n}.`;
    const host = word('host', prefix);
    if (
      host === undefined ||
      (Object.hasOwn(properties, `${prefix}enabled`) && !yesOf(properties, `${prefix}enabled`))
    )
      continue;
    const of = (name: string) => textOf(credentials, `${prefix}${name}`) ?? word(name, prefix);
    hops.push(hop(host, prefix, said({ user: of('user') ?? of('name'), password: of('password') })));
  }
  const of = (name: string) => textOf(credentials, name) ?? textOf(handler, name);
  found.hops = [...hops, hop(last, '', said({ user: of('user'), password: of('password') }))];
}

function said(of: { user: string | undefined; password: string | undefined }): {
  user?: string;
  password?: string;
} {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
}

/** Null where the key is another one. */
function decrypted(bytes: Uint8Array): Fields | null {
  try {
    const decipher = createDecipheriv('aes-128-cbc', PUBLIC_KEY, bytes.subarray(0, 16));
    const text = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString('utf8');
    const words = jsonOf(text);
    return isRecord(words) ? words : null;
  } catch {
    return null;
  }
}
