import type { SshHostNames } from '../../../events/ssh-lookup.ts';
import { isSshName } from '../../../events/tunnel-check.ts';
import { SSH_CONFIG_NAMES_MAX } from '../../limits.ts';
import { configLines, userConfigFiles } from './config-lines.ts';

/**
 * The names that the user's configuration gives to hosts (ssh_config(5), `Host`), in its order, with what stands beside each. Patterns
 * are left out, as they name no host. Files are read, and nothing is run.
 */
export async function configNames(files = userConfigFiles()): Promise<Omit<SshHostNames, 'commands'>> {
  const hosts = new Map<
    string,
    { name: string; hostName: string | null; user: string | null; port: string | null }
  >();
  let block = null as { file: string; names: string[] } | null;
  for await (const { text, file } of configLines(files)) {
    const [, keyword = '', value = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)"?([^"]*?)"?\s*$/.exec(text) ?? [];
    const word = keyword.toLowerCase();
    if (word === 'host' || word === 'match' || block?.file !== file) block = null;
    if (word === 'host') {
      const names = value
        .split(/\s+/)
        .filter((name) => name !== '' && !/[*?!]/.test(name) && isSshName(name));
      block = { file, names };
      for (const name of names) {
        if (hosts.has(name)) continue;
        if (hosts.size >= SSH_CONFIG_NAMES_MAX) return { hosts: [...hosts.values()], cut: true };
        hosts.set(name, { name, hostName: null, user: null, port: null });
      }
      continue;
    }
    const field = ({ hostname: 'hostName', user: 'user', port: 'port' } as const)[word];
    // The first value that is given counts.
    if (field && block) for (const name of block.names) hosts.get(name)![field] ??= value;
  }
  return { hosts: [...hosts.values()], cut: false };
}
