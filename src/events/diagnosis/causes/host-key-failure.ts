import { type Cause, cantTell, no, yes } from '../cause.ts';

const WORDS: Readonly<Record<string, string>> = {
  'ssh.hostKeyUnknown': 'An SSH server showed a key that is not known, and it was not trusted.',
  'ssh.hostKeyChanged':
    'An SSH server showed another key than the one that is known. Nothing secret was sent to it.',
  'ssh.hostKeyRevoked':
    'An SSH server showed a key that is marked as revoked. Nothing secret was sent to it.',
  'ssh.hostCertificate': 'An SSH server showed a certificate that is not valid for it.',
};

/** An SSH server showed a key that was not taken. */
export const hostKeyFailure: Cause = {
  name: 'hostKeyFailure',
  title: 'An SSH host key was not accepted',
  recognised:
    'A tunnel was not opened because of a host’s key: it is unknown, another one than before, revoked, or certified for another host. A tunnel by a command checks keys by itself, which is on no tape.',
  advice: 'Find out whether the SSH server was replaced before you trust another key of it.',
  run({ tunnels: { first, keyRefused, asking, byCommand } }) {
    if (keyRefused) return yes(WORDS[keyRefused.code]!, [keyRefused.seen, keyRefused.failed]);
    if (first === null) return no('No tunnel is on the tape.');
    const [asked] = asking.values();
    if (asked) return cantTell('A host’s key waits for the user’s answer.', [asked]);
    return byCommand
      ? cantTell('A command opened the tunnel, and checks keys by itself.', [byCommand])
      : no('No host’s key was refused.', [first]);
  },
};
