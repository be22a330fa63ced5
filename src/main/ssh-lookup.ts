import type { ResolvedSshHost, SshHostNames } from '../events/ssh-lookup.ts';

/** The user's own SSH configuration and agent, for the form of a connection. Its code is loaded when it is first needed. */
export const sshLookup = {
  async hosts(): Promise<SshHostNames> {
    const { configCommands } = await import('../drivers/ssh/openssh/resolved-config.ts');
    const { configNames } = await import('../drivers/ssh/openssh/config-names.ts');
    const [names, commands] = await Promise.all([configNames(), configCommands()]);
    return { ...names, commands };
  },
  agentKeys: async () => (await import('../drivers/ssh/openssh/agent-keys.ts')).agentKeys(),
  async resolve(name: string, mayRunCommands: boolean): Promise<ResolvedSshHost | null> {
    const { configCommands, resolveSshWay } = await import('../drivers/ssh/openssh/resolved-config.ts');
    const commands = await configCommands();
    if (commands.length > 0 && !mayRunCommands) return { hops: [], commands };
    const way = await resolveSshWay(name, { mayRunCommands });
    return (
      way && {
        hops: way.map((hop) => ({
          host: hop.name,
          hostName: hop.hostName,
          port: hop.port,
          user: hop.user,
          identityFiles: hop.identityFiles,
          identityAgent: hop.identityAgent,
          proxyCommand: hop.proxyCommand,
          commands: hop.commands,
        })),
        commands,
      }
    );
  },
};
