import { checkHost, type Wrong } from './host-check.ts';
import { TUNNEL_HOPS_MAX } from './limits.ts';
import type { Environment, Target } from './profile.ts';
import type { Fields } from './profile-fields.ts';
import type { CommandTunnel, Hop, HopAuth, SshTunnel, Tunnel } from './tunnel.ts';

const AUTHS = ['config', 'agent', 'key', 'password', 'keyboardInteractive'] as const;
const ARGUMENTS_MAX = 64;
/** What a shell, ssh's own `%` and `$` expansion or a ProxyCommand could take for more than a name (CVE-2023-51385). */
const NO_NAME = /[\s\p{Cc}$\\`;&|'"<>(){}*?!%]/u;
/** What ssh expands or ends a quoted option at, in the name of a file (ssh_config(5), "TOKENS" and "ENVIRONMENT VARIABLES"). */
const NO_PATH = /[\p{Cc}$`'"%]/u;

/** Whether a host's or user's name can go to ssh: nothing could take it for an option, a command or an expansion. */
export function isSshName(text: string): boolean {
  // A zone of an IPv6 address follows a %.
  return text !== '' && !text.startsWith('-') && !NO_NAME.test(text.replace(/^([0-9A-Fa-f:.]+)%/, '$1'));
}

/** A way to the server from outside, or undefined with every error at its field (`tunnel.hops.0.host`). */
export function readTunnel(fields: Fields): Tunnel | undefined {
  const by = fields.oneOf('by', ['ssh', 'command']);
  if (by === 'ssh') return readSsh(fields) as SshTunnel;
  if (by === 'command') return readCommand(fields) as CommandTunnel;
  fields.ignore();
  return undefined;
}

/** What does not go together: a tunnel leads to one address, and only development may do without host keys. */
export function tunnelMismatch(
  tunnel: Tunnel,
  target: Partial<Target>,
  environment: Environment | undefined,
): (Wrong & { readonly field: string }) | null {
  if (target.host?.startsWith('/'))
    return {
      field: 'target.host',
      code: 'tunnel.socket',
      message:
        'A tunnel leads to a host and a port. Enter the server’s address as its last hop sees it, such as localhost.',
    };
  if (target.mongo?.srv || (target.mongo?.hosts ?? []).length > 0)
    return {
      field: target.mongo?.srv ? 'target.host' : 'target.mongo.hosts',
      code: 'tunnel.oneServer',
      message: 'A tunnel leads to one server. Name one member of the deployment, without a seed list.',
    };
  if (tunnel.by === 'ssh' && tunnel.hostKeys === 'off' && environment !== 'development')
    return {
      field: 'tunnel.hostKeys',
      code: 'tunnel.hostKeysOff',
      message: 'Host keys may go unchecked in development only. Choose strict or ask.',
    };
  return null;
}

function readSsh(fields: Fields): Partial<SshTunnel> {
  const hops = fields.parts('hops', TUNNEL_HOPS_MAX)?.map(readHop) ?? [];
  const hostKeys = fields.oneOf('hostKeys', ['strict', 'ask', 'off']);
  const backend = fields.optionalOneOf('backend', ['openssh', 'embedded']);
  const keepaliveS = fields.count('keepaliveS', 1, 3600);
  if (backend === 'embedded') refuseForEmbedded(fields, hops);
  return {
    by: 'ssh',
    hops: hops as Hop[],
    ...(hostKeys ? { hostKeys } : {}),
    ...(backend ? { backend } : {}),
    ...(keepaliveS ? { keepaliveS } : {}),
  };
}

/** ssh2 reads neither the user's configuration nor certificates. */
function refuseForEmbedded(fields: Fields, hops: readonly Partial<Hop>[]): void {
  const needs = hops.find(
    ({ auth }) => auth?.by === 'config' || (auth?.by === 'key' && auth.certificateFile),
  );
  if (needs)
    fields.wrong(
      'backend',
      'tunnel.backend',
      'The built-in client reads neither your SSH configuration nor certificates. Choose automatic or OpenSSH, or another sign-in.',
    );
}

function readHop(fields: Fields): Partial<Hop> {
  const host = name(fields, 'host', false);
  if (host !== undefined) {
    const checked = host.startsWith('/') ? SOCKET : checkHost(host);
    if (typeof checked === 'object') fields.wrong('host', checked.code, checked.message);
  }
  const port = fields.has('port') ? fields.port('port') : undefined;
  const user = name(fields, 'user', true);
  const auth = readAuth(fields.part('auth'));
  return {
    ...(host ? { host: bare(host) } : {}),
    ...(port ? { port } : {}),
    ...(user ? { user } : {}),
    ...(auth ? { auth } : {}),
  };
}

const SOCKET: Wrong = { code: 'tunnel.name', message: 'A hop is a host name or an address.' };

function bare(host: string): string {
  return /^\[(.*)\]$/.exec(host)?.[1] ?? host;
}

/** A host's or user's name, which goes on a command line. */
function name(fields: Fields, field: 'host' | 'user', optional: boolean): string | undefined {
  const text = fields.text(field, { max: 255, optional });
  if (text === undefined) return undefined;
  if (text.startsWith('-')) {
    fields.wrong(field, 'tunnel.name', 'A name can’t begin with a hyphen: ssh takes it for an option.');
    return undefined;
  }
  // A zone of an IPv6 address follows a %, which `checkHost` knows.
  const found = NO_NAME.exec(field === 'host' ? text.replace(/^(\[?[0-9A-Fa-f:.]+)%/, '$1') : text)?.[0];
  if (found === undefined) return text;
  fields.wrong(
    field,
    'tunnel.name',
    `A name can’t contain ${/\s/.test(found) ? 'white space' : found}: a shell or ssh could take it for more than a name.`,
  );
  return undefined;
}

function readAuth(fields: Fields): HopAuth | undefined {
  const by = fields.oneOf('by', AUTHS);
  if (by === undefined) {
    fields.ignore();
    return undefined;
  }
  if (by === 'agent') {
    const socket = path(fields, 'socket');
    const identity = fields.text('identity', {
      optional: true,
      max: 50,
      pattern: /^SHA256:[A-Za-z0-9+/]{43}$/,
    });
    return { by, ...(socket ? { socket } : {}), ...(identity ? { identity } : {}) };
  }
  if (by !== 'key') return { by };
  const keyFile = path(fields, 'keyFile');
  if (!fields.has('keyFile')) fields.wrong('keyFile', 'field.missing', 'Enter the key’s whole path.');
  const certificateFile = path(fields, 'certificateFile');
  return { by, keyFile: keyFile!, ...(certificateFile ? { certificateFile } : {}) };
}

function path(fields: Fields, field: string): string | undefined {
  const text = fields.path(field);
  const found = text === undefined ? undefined : NO_PATH.exec(text)?.[0];
  if (found === undefined) return text;
  fields.wrong(
    field,
    'tunnel.path',
    `The path can’t contain ${found}: ssh expands it or ends the path there.`,
  );
  return undefined;
}

function readCommand(fields: Fields): Partial<CommandTunnel> {
  const argv = fields.list('argv', ARGUMENTS_MAX, 4096);
  if (argv?.[0]?.startsWith('-'))
    fields.wrong('argv', 'tunnel.program', 'A command begins with the program, not with an option.');
  if (argv && !argv.some((argument) => argument.includes('{localPort}')))
    fields.wrong(
      'argv',
      'tunnel.localPort',
      'Say with {localPort} where the command has to listen: Querytape chooses a free port and dials it.',
    );
  const readyText = fields.text('readyText', { optional: true, max: 200 });
  const allowed = fields.text('allowed', { optional: true, max: 64, pattern: /^[0-9a-f]{64}$/ });
  return {
    by: 'command',
    ...(argv ? { argv } : {}),
    ...(readyText ? { readyText } : {}),
    ...(allowed ? { allowed } : {}),
  };
}
