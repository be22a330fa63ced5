import { engineCalled } from '../../events/engines/index.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { type Fields, isRecord, jsonOf, textOf, yesOf } from './record.ts';
import type { HopFound } from './tunnel.ts';

/** Beekeeper's label colours by their names. */
const COLOURS: Readonly<Record<string, string>> = {
  red: '#d0433b',
  orange: '#d9822b',
  yellow: '#c9a227',
  green: '#3a9b5c',
  blue: '#3b78d0',
  purple: '#8a5bc9',
  pink: '#cc5b9a',
};

/**
 * Reads Beekeeper Studio's saved connections. It has no export of its own (beekeeper-studio issues 1645,
 * 1816); its table `saved_connection` as a JSON array is taken: `sqlite3 -json app.db 'select * from
 * saved_connection'`. The columns are those of apps/studio/src/common/appdb/models/saved_connection.ts.
 * Passwords are encrypted there and are not taken.
 */
export function importBeekeeper(text: string): Imported {
  const rows = jsonOf(text);
  if (!Array.isArray(rows))
    return {
      candidates: [],
      notTaken: [
        {
          what: 'file',
          code: 'beekeeper.syntax',
          why: 'It is not a JSON array of saved connections. Make one with: sqlite3 -json app.db "select * from saved_connection"',
        },
      ],
    };
  const made = rows.map((row, i) =>
    isRecord(row)
      ? candidateOfRow(`row ${i + 1}`, row)
      : [{ what: `row ${i + 1}`, code: 'beekeeper.syntax', why: 'It is no connection.' }],
  );
  return importedOf(made);
}

function candidateOfRow(row: string, it: Fields): Candidate | readonly NotTaken[] {
  const name = textOf(it, 'name');
  const origin = name ?? row;
  const word = textOf(it, 'connectionType') ?? '';
  const engine = engineCalled(word);
  if (engine === undefined)
    return [{ what: origin, code: 'import.engine', why: 'Querytape does not support its engine.' }];
  const tls = yesOf(it, 'ssl');
  const colour = textOf(it, 'labelColor') ?? '';
  const found: Found = {
    engine,
    name,
    host: yesOf(it, 'socketPathEnabled') ? textOf(it, 'socketPath') : textOf(it, 'host'),
    port: textOf(it, 'port'),
    database: textOf(it, 'defaultDatabase'),
    user: textOf(it, 'username'),
    readOnly: yesOf(it, 'readOnlyMode'),
    tlsMode: tls ? (verifies(it) ? 'verify-full' : 'require') : 'disable',
    caFile: tls ? textOf(it, 'sslCaFile') : undefined,
    certFile: tls ? textOf(it, 'sslCertFile') : undefined,
    keyFile: tls ? textOf(it, 'sslKeyFile') : undefined,
    colour: Object.hasOwn(COLOURS, colour) ? COLOURS[colour] : undefined,
    askPassword: it.rememberPassword === 0 || it.rememberPassword === false || undefined,
    notTaken: [],
  };
  for (const secret of [
    'password',
    'sshPassword',
    'sshKeyfilePassword',
    'sshBastionPassword',
    'sshBastionKeyfilePassword',
    'url',
  ])
    if (textOf(it, secret) !== undefined)
      found.notTaken.push({
        what: secret,
        code: 'import.encrypted',
        why: 'Beekeeper Studio stores it encrypted. Enter it again.',
      });
  takeTunnel(found, it);
  return candidateOf(origin, found);
}

function takeTunnel(found: Found, it: Fields): void {
  const host = textOf(it, 'sshHost');
  if (!yesOf(it, 'sshEnabled') || host === undefined) return;
  const mode = textOf(it, 'sshMode');
  const keyFile = mode === 'keyfile' ? textOf(it, 'sshKeyfile') : undefined;
  const by = mode === 'agent' ? 'agent' : keyFile === undefined ? 'password' : 'key';
  const last = { host, port: textOf(it, 'sshPort'), user: textOf(it, 'sshUsername'), by, keyFile } as const;
  const bastion = textOf(it, 'sshBastionHost');
  // It is dialled first; what Beekeeper does not say of it is as for the other.
  found.hops = bastion === undefined ? [last] : [{ ...last, ...bastionOf(it, bastion) }, last];
}

/** What is said of the hop before the last. */
function bastionOf(it: Fields, host: string): Partial<HopFound> & Pick<HopFound, 'host'> {
  const mode = textOf(it, 'sshBastionMode');
  const keyFile = mode === 'keyfile' ? textOf(it, 'sshBastionKeyfile') : undefined;
  const user = textOf(it, 'sshBastionUsername');
  return {
    host,
    port: textOf(it, 'sshBastionHostPort'),
    ...(user ? { user } : {}),
    ...(mode === undefined ? {} : { by: mode === 'agent' ? 'agent' : keyFile ? 'key' : 'password', keyFile }),
  };
}

/** Beekeeper verifies only where a certificate is given. */
function verifies(it: Fields): boolean {
  return yesOf(it, 'sslRejectUnauthorized') && textOf(it, 'sslCaFile') !== undefined;
}
