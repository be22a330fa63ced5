/** What is wrong with a value. */
export interface Wrong {
  readonly code: string;
  readonly message: string;
}

/** Letters, digits, hyphen, underscore and dots between, as resolvers take them. Never a hyphen first. */
const HOST_NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_])?\.?$/u;
/** Hexadecimal groups, perhaps an IPv4 address at the end, perhaps a zone (RFC 4291, RFC 6874). */
const IPV6 = /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.-]{1,32})?$/;

/**
 * A host as a driver may be given it: a name, an address (without brackets), or the path of a Unix-domain socket.
 * Nothing that a driver, a URL or a command line would take for an option or a second host.
 */
export function checkHost(host: string): string | Wrong {
  if (host.startsWith('/')) {
    if (/[?&,]/.test(host)) return wrong('host.options', 'A socket’s path has no ?, & or comma here.');
    return host;
  }
  if (host.startsWith('-'))
    return wrong('host.dash', 'A host can’t begin with a hyphen: programs take it for an option.');
  if (host.includes(','))
    return wrong('host.list', 'This is a list of hosts. A profile has one; make a profile for each.');
  if (host.includes('://')) return wrong('host.url', 'This is a URL. Import it, or give the host alone.');
  if (/[?&#]/.test(host)) return wrong('host.options', 'A host has no options (?, & or #).');
  if (host.includes('@')) return wrong('host.user', 'The user belongs into its own field.');
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (/^[^:]+:[0-9]+$/.test(host) || /^\[.*\]:[0-9]+$/.test(host))
    return wrong('host.port', 'The port belongs into its own field.');
  if (bare.includes(':')) return isIpv6(bare) ? bare : wrong('host.invalid', 'This is not an IPv6 address.');
  if (!HOST_NAME.test(host) || host.includes('..'))
    return wrong('host.invalid', 'This is not a host name, an address or the path of a socket.');
  if (host.normalize('NFKC') !== host)
    return wrong(
      'host.form',
      'There is a letter here that only looks like the one that resolvers take it for.',
    );
  if (host.split('.').some(mixesScripts))
    return wrong(
      'host.mixed',
      'Letters of different scripts are mixed in one part of this name, so that one can pass for another.',
    );
  return host;
}

/** Scripts whose letters can pass for one another's. Others, such as Japanese ones, stand beside Latin in ordinary names. */
const ALIKE = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];
const OTHER_LETTER =
  /(?!\p{scx=Latin}|\p{scx=Han}|\p{scx=Hiragana}|\p{scx=Katakana}|\p{scx=Hangul}|\p{scx=Bopomofo})\p{L}/u;

/** Whether Latin stands beside letters of a script that it is not written with (Unicode Technical Standard 39, section 5.2). */
function mixesScripts(label: string): boolean {
  const found = ALIKE.filter((script) => script.test(label)).length;
  return found > 1 || (found === 1 && ALIKE[0]!.test(label) && OTHER_LETTER.test(label));
}

/** What is wrong with a database or user name; null where nothing is. */
export function checkName(field: string, name: string): Wrong | null {
  if (name.startsWith('-'))
    return wrong('name.dash', `A ${field} can’t begin with a hyphen: programs take it for an option.`);
  if (/[?&]/.test(name)) return wrong('name.options', `A ${field} has no options (? or &).`);
  if (name.includes('://')) return wrong('name.url', `This is a URL. Import it, or give the ${field} alone.`);
  return null;
}

/** Whether this names the machine itself, so that what is sent there stays on it. */
export function isLoopback(host: string): boolean {
  return (
    host.startsWith('/') ||
    host.toLowerCase() === 'localhost' ||
    host === '::1' ||
    /^127(?:\.[0-9]{1,3}){3}$/.test(host)
  );
}

function isIpv6(text: string): boolean {
  if (!IPV6.test(text)) return false;
  const address = text.split('%')[0]!;
  const doubles = address.split('::').length - 1;
  if (doubles > 1 || address.includes(':::')) return false;
  const groups = address.split(':').filter((group) => group !== '');
  const last = groups.at(-1) ?? '';
  const hasIpv4 = last.includes('.');
  if (hasIpv4 && !/^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/.test(last)) return false;
  const hex = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  const count = hex.length + (hasIpv4 ? 2 : 0);
  return doubles === 1 ? count < 8 : count === 8 && !address.startsWith(':') && !address.endsWith(':');
}

function wrong(code: string, message: string): Wrong {
  return { code, message };
}
