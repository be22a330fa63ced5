import type { ResolvedSshHost } from '../events/ssh-lookup.ts';

/** The user's own SSH configuration and agent, for the form of a connection. Its code is loaded when it is first needed. */
export const sshLookup = {
  hosts: async () => (await import('../drivers/ssh/openssh/config-names.ts')).configNames(),
  agentKeys: async () => (await import('../drivers/ssh/openssh/agent-keys.ts')).agentKeys(),
  async resolve(name: string): Promise<ResolvedSshHost | null> {
    const { resolveSshWay } = await import('../drivers/ssh/openssh/resolved-config.ts');
    const way = await resolveSshWay(name);
    return (
      way && {
        hops: way.map(({ name: host, hostName, port, user, identityFiles, identityAgent, proxyCommand }) => ({
          host,
          hostName,
          port,
          user,
          identityFiles,
          identityAgent,
          proxyCommand,
        })),
      }
    );
  },
};
