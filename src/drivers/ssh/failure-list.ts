import type { FailureText } from '../../events/failure.ts';

interface SshFailure {
  readonly code: string;
  /**
   * Who said no, by which it is known whether to try again: a `connection` may come back by itself, while a `server` that refuses a
   * sign-in and a `client` that lacks something give the same answer each time.
   */
  readonly source: FailureText['source'];
  /** What happened, in a sentence in which `{hop}` is the hop; `{file}` and `{why}` are the file and the reason of a `SshFileCode`. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
}

/** Every failure of a way through SSH, for both backends. */
export const FAILURES = [
  {
    code: 'ssh.nameNotFound',
    source: 'connection',
    message: 'The name of {hop} was not found.',
    advice:
      'Check the name of the host, and the network or VPN that knows it. After the first hop, names are resolved by the hop before.',
  },
  {
    code: 'ssh.refused',
    source: 'connection',
    message: 'Nothing listens at the port of {hop}.',
    advice: 'Check the port, and that an SSH server runs there.',
  },
  {
    code: 'ssh.unreachable',
    source: 'connection',
    message: '{hop} can’t be reached.',
    advice: 'Check the address, the network or VPN, and firewalls on the way.',
  },
  {
    code: 'ssh.timedOut',
    source: 'connection',
    message: '{hop} did not answer in time.',
    advice: 'Check the address, and that a firewall lets you through to its SSH port.',
  },
  {
    code: 'ssh.notSsh',
    source: 'connection',
    message: 'What answers at {hop} is not an SSH server, or it closed the connection before saying so.',
    advice: 'Check the port. A server that is overloaded or has banned this address closes connections too.',
  },
  {
    code: 'ssh.closed',
    source: 'connection',
    message: '{hop} closed the connection before the sign-in was done.',
    advice: 'Look in the log of its SSH server: it may limit the number of connections or ban this address.',
  },
  {
    code: 'ssh.algorithms',
    source: 'client',
    message: '{hop} and this program share no algorithm.',
    advice:
      'Update the SSH server. With OpenSSH you can allow an older algorithm for this host in your SSH configuration.',
  },
  {
    code: 'ssh.hostKeyUnknown',
    source: 'client',
    message: 'The host key of {hop} is not known.',
    advice:
      'Compare its fingerprint with what the administrator gives you, then connect with host keys set to “ask”, or add the key to a known hosts file.',
  },
  {
    code: 'ssh.hostKeyChanged',
    source: 'client',
    message:
      'The host key of {hop} is not the one that is known: someone may be intercepting the connection.',
    advice:
      'Ask the administrator whether the key was changed, and compare fingerprints. Only then remove the old line from the known hosts file.',
  },
  {
    code: 'ssh.hostKeyRevoked',
    source: 'client',
    message: 'The host key of {hop} is marked as revoked.',
    advice: 'Do not connect. Ask the administrator for the key that replaced it.',
  },
  {
    code: 'ssh.hostCertificate',
    source: 'client',
    message: '{hop} shows a certificate that is not valid for it, or only OpenSSH can verify it.',
    advice:
      'Choose OpenSSH for this tunnel, and check the certificate’s names and dates with the administrator.',
  },
  {
    code: 'ssh.authFailed',
    source: 'server',
    message: '{hop} refused the sign-in.',
    advice: 'Check the user name, and the key or password. Nothing was tried a second time.',
  },
  {
    code: 'ssh.tooManyAttempts',
    source: 'server',
    message: '{hop} ended the sign-in after too many attempts.',
    advice: 'Your agent may hold many keys: choose the one key that this server takes.',
  },
  {
    code: 'ssh.passphraseWrong',
    source: 'client',
    message: 'The passphrase does not open the key for {hop}.',
    advice: 'Enter the passphrase of this key file again.',
  },
  {
    code: 'ssh.keyMissing',
    source: 'client',
    message: 'The key file for {hop} does not exist or can’t be read.',
    advice: 'Check the path of the key file, and who may read it.',
  },
  {
    code: 'ssh.keyUnprotected',
    source: 'client',
    message: 'Others can read the key file for {hop}, so it is not used.',
    advice: 'Make it readable for you alone: chmod 600 and its path.',
  },
  {
    code: 'ssh.keyInvalid',
    source: 'client',
    message: 'The key file for {hop} can’t be used.',
    advice:
      'It has to be a private key in OpenSSH or PEM format. Convert others with ssh-keygen or PuTTYgen.',
  },
  {
    code: 'ssh.agentUnreachable',
    source: 'client',
    message: 'The SSH agent for {hop} does not answer.',
    advice: 'Start the agent, and check SSH_AUTH_SOCK or the path of its socket.',
  },
  {
    code: 'ssh.agentLacksKey',
    source: 'client',
    message: 'The SSH agent has no key for {hop}, or not the one that was chosen.',
    advice: 'Unlock the agent or add the key to it, then connect again.',
  },
  {
    code: 'ssh.agentRefused',
    source: 'client',
    message: 'The SSH agent did not sign for {hop}.',
    advice: 'Confirm the use of the key in the agent, then connect again.',
  },
  {
    code: 'ssh.methodNotOffered',
    source: 'client',
    message: '{hop} does not take the sign-in that is set up here, or wants one more that is not.',
    advice: 'Choose a sign-in that it takes. OpenSSH may have one that the built-in client lacks.',
  },
  {
    code: 'ssh.passwordExpired',
    source: 'server',
    message: '{hop} wants a new password before it signs you in.',
    advice: 'Change it with ssh in a terminal, then connect again.',
  },
  {
    code: 'ssh.tooManyPrompts',
    source: 'client',
    message: '{hop} asks more questions than a sign-in has.',
    advice: 'Do not sign in before its administrator has looked at it.',
  },
  {
    code: 'ssh.tooMuchSent',
    source: 'client',
    message: '{hop} sent more than a sign-in needs.',
    advice: 'Do not sign in before its administrator has looked at it.',
  },
  {
    code: 'ssh.protocol',
    source: 'connection',
    message: '{hop} broke the SSH protocol.',
    advice: 'Try OpenSSH for this tunnel, and look in the log of the SSH server.',
  },
  {
    code: 'ssh.onlyOpenssh',
    source: 'client',
    message: 'The sign-in of {hop} needs your SSH configuration or a certificate, which only OpenSSH reads.',
    advice: 'Choose OpenSSH for this tunnel, or another sign-in.',
  },
  {
    code: 'ssh.configInvalid',
    source: 'client',
    message: 'The SSH configuration for {hop} can’t be used.',
    advice: 'Check it with “ssh -G” and the name of the host.',
  },
  {
    code: 'ssh.proxyFailed',
    source: 'connection',
    message: 'The ProxyCommand or jump host of your SSH configuration did not reach {hop}.',
    advice: 'Try “ssh” with the same name in a terminal, which shows what it says.',
  },
  {
    code: 'ssh.notInstalled',
    source: 'client',
    message: 'This machine has no ssh program.',
    advice: 'Install OpenSSH, or choose the built-in client for this tunnel.',
  },
  {
    code: 'ssh.failed',
    source: 'connection',
    message: 'The SSH connection to {hop} failed.',
    advice: 'Try “ssh” with the same host and user in a terminal, which shows what it says.',
  },
  {
    code: 'tunnel.name',
    source: 'client',
    message: 'A name of {hop} could be taken for an option or a command, so it is not used.',
    advice:
      'Names of hosts and users begin with no hyphen and contain no white space, quotes or shell characters.',
  },
  {
    code: 'tunnel.notAnswered',
    source: 'client',
    message: 'The question of {hop} was not answered.',
    advice: 'Connect again and answer it.',
  },
  {
    code: 'tunnel.forwardProhibited',
    source: 'server',
    message: '{hop} does not allow forwarding to this address.',
    advice: 'Ask its administrator to allow TCP forwarding for your user (AllowTcpForwarding, PermitOpen).',
  },
  {
    code: 'tunnel.targetRefused',
    source: 'connection',
    message: '{hop} could not reach the address that the tunnel leads to.',
    advice: 'Check host and port as that hop sees them, and that the server listens there.',
  },
  {
    code: 'tunnel.portTaken',
    source: 'connection',
    message: 'The local port of the tunnel was taken by another program.',
    advice: 'Connect again.',
  },
  {
    code: 'tunnel.aborted',
    source: 'client',
    message: 'The tunnel was not opened in time, or its opening was cancelled.',
    advice: 'Connect again. If it takes long each time, check each hop by “ssh” in a terminal.',
  },
  {
    code: 'tunnel.notResponding',
    source: 'connection',
    message: '{hop} gives no sign of life.',
    advice: 'Check the network or VPN.',
  },
  {
    code: 'tunnel.lost',
    source: 'connection',
    message: 'The connection to {hop} was lost.',
    advice: 'Check the network or VPN, and whether the SSH server was restarted.',
  },
  {
    code: 'ssh.knownHostsUnreadable',
    source: 'client',
    message: `The known hosts in {file} can't be read: {why}.`,
    advice: 'Make the file readable, or remove it from the list of known hosts files.',
  },
  {
    code: 'ssh.knownHostsNotWritten',
    source: 'client',
    message: `The host's key was not added to {file}: {why}.`,
    advice: 'The file has to be a file of yours, not a link, in a folder that you can write to.',
  },
] as const satisfies readonly SshFailure[];
