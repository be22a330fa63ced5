import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { promisify } from 'node:util';
import { TUNNEL_HOPS_MAX } from '../../../events/limits.ts';
import type { SshConfigCommand, SshHopCommand } from '../../../events/ssh-lookup.ts';
import { isSshName } from '../../../events/tunnel-check.ts';
import { SSH_RESOLVE_TIMEOUT_MS } from '../../limits.ts';
import { configLines, userConfigFiles } from './config-lines.ts';
import { sshEnvironment, sshProgram } from './ssh-process.ts';

const run = promisify(execFile);

/** What OpenSSH resolves from the user's own configuration for one name. */
export interface ResolvedHost {
  readonly name: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** Names of the hosts that it jumps over, each as `[user@]host[:port]`. */
  readonly proxyJump: readonly string[];
  readonly proxyCommand: string | null;
  readonly commands: readonly SshHopCommand[];
  readonly identityFiles: readonly string[];
  readonly identityAgent: string | null;
  readonly hostKeyAlias: string | null;
  readonly knownHostsFiles: readonly string[];
}

/**
 * Resolves a name as OpenSSH does (`ssh -G`), null where its configuration can't be read or the name is not one. Nothing is dialled;
 * commands of `Match exec` in the configuration are run, as every ssh does: `configCommands` names them first.
 */
export async function resolveSshConfig(
  name: string,
  options: {
    readonly signal?: AbortSignal;
    /** What is said besides the name, which `Match` asks for. */
    readonly user?: string | undefined;
    readonly port?: number | undefined;
  } = {},
): Promise<ResolvedHost | null> {
  const ssh = await sshProgram('ssh');
  if (!ssh || !isSshName(name)) return null;
  // ssh looks for the user's files in the home folder of the account, whatever HOME says.
  const [first] = userConfigFiles();
  const user = first && homedir() !== userInfo().homedir ? ['-F', first] : [];
  const said = [
    ...(options.user ? ['-l', options.user] : []),
    ...(options.port ? ['-p', String(options.port)] : []),
  ];
  const printed = await run(ssh, [...user, ...said, '-G', '--', name], {
    env: sshEnvironment(),
    timeout: SSH_RESOLVE_TIMEOUT_MS,
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch(() => null);
  return printed && readResolved(name, printed.stdout);
}

/**
 * Resolves a name and each host that it jumps over, from the first that is dialled to the name itself. Null where one can't be
 * resolved, and where the configuration has commands that this would run (`configCommands`), unless they may be.
 */
export async function resolveSshWay(
  name: string,
  options: { readonly signal?: AbortSignal; readonly mayRunCommands?: boolean } = {},
): Promise<readonly ResolvedHost[] | null> {
  if (!options.mayRunCommands && (await configCommands()).length > 0) return null;
  const last = await resolveSshConfig(name, options);
  if (!last) return null;
  const way: ResolvedHost[] = [];
  // ssh dials the first of a list by its own configuration, which may name jumps of its own.
  for (const jump of last.proxyJump) {
    const { user, host, port } = jumpOf(jump);
    const found = await resolveSshConfig(host, { ...options, user, port });
    if (!found || way.length >= TUNNEL_HOPS_MAX) return null;
    way.push(found);
  }
  return [...way, last];
}

function jumpOf(jump: string): { user: string | undefined; host: string; port: number | undefined } {
  const [, user, bare, bracketed, port] =
    /^(?:ssh:\/\/)?(?:(.*)@)?(?:([^@:[\]]+)|\[(.+)\])(?::(\d+))?$/.exec(jump) ?? [];
  return { user, host: bare ?? bracketed ?? '', port: port ? Number(port) : undefined };
}

const COMMAND_OPTIONS = ['ProxyCommand', 'KnownHostsCommand', 'LocalCommand'] as const;

/** Reads what `ssh -G` prints: a word in lower case and its value on each line. */
export function readResolved(name: string, text: string): ResolvedHost {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at > 0)
      values.set(line.slice(0, at), [...(values.get(line.slice(0, at)) ?? []), line.slice(at + 1).trim()]);
  }
  const one = (word: string): string | null => {
    const value = values.get(word)?.[0];
    return value && value !== 'none' ? value : null;
  };
  const home = (path: string): string => path.replace(/^~(?=\/)/, homedir());
  return {
    name,
    hostName: one('hostname') ?? name,
    port: Number(one('port') ?? 22),
    user: one('user') ?? '',
    proxyJump: one('proxyjump')?.split(',') ?? [],
    proxyCommand: one('proxycommand'),
    commands: COMMAND_OPTIONS.flatMap((option) => {
      const command = one(option.toLowerCase());
      const isOff = option === 'LocalCommand' && one('permitlocalcommand') !== 'yes';
      return command === null || isOff ? [] : [{ option, command }];
    }),
    identityFiles: (values.get('identityfile') ?? []).filter((path) => path !== 'none').map(home),
    identityAgent: one('identityagent'),
    hostKeyAlias: one('hostkeyalias'),
    knownHostsFiles: ['userknownhostsfile', 'globalknownhostsfile'].flatMap((word) =>
      filesOf((one(word)?.split(' ') ?? []).map(home)),
    ),
  };
}

/** The files of a list that ssh prints with a space between each two, whatever is within their names: the longest that are there. */
function filesOf(words: readonly string[]): string[] {
  const files: string[] = [];
  for (let from = 0; from < words.length; ) {
    let to = words.length;
    while (to > from + 1 && !existsSync(words.slice(from, to).join(' '))) to--;
    files.push(words.slice(from, to).join(' '));
    from = to;
  }
  return files;
}

/**
 * The commands that resolving any name runs (ssh_config(5), `Match exec`), in the user's files and those that they include, so that
 * they can be shown before `ssh -G` runs them. An Include that can't be followed is among them: what such a file runs is not known.
 */
export async function configCommands(files = userConfigFiles()): Promise<readonly SshConfigCommand[]> {
  const found: SshConfigCommand[] = [];
  for await (const { text, file, line, isUnread } of configLines(files)) {
    // Whatever else the line says, and however its words are quoted.
    const command = /^\s*"?match\b.*?\bexec\b[\s="]*(.*)$/i.exec(text)?.[1];
    if (command !== undefined) found.push({ command: command.trim(), file, line });
    if (isUnread) found.push({ command: text.trim(), file, line });
  }
  return found;
}
