import ssh2 from 'ssh2';

// The package is CommonJS whose names Node's own loader does not see.
export const { BaseAgent, Client, OpenSSHAgent, utils } = ssh2;
