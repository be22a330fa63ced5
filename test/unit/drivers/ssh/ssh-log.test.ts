import { describe, expect, it } from 'vitest';
import { SshLog, type SshReport } from '../../../../src/drivers/ssh/openssh/ssh-log.ts';

const FINGERPRINT = `SHA256:${'A'.repeat(43)}`;
const SHOWN = `debug1: Server host key: ssh-ed25519 ${FINGERPRINT}`;
const TAKEN = "debug1: Host '[a]:22' is known and matches the ED25519 host key.";
const SIGN_IN = 'debug1: SSH2_MSG_SERVICE_ACCEPT received';
const AUTHENTICATED = 'Authenticated to a ([127.0.0.1]:22) using "publickey".';
const OPEN = [
  AUTHENTICATED,
  'debug1: Local forwarding listening on 127.0.0.1 port 5000.',
  'debug1: Entering interactive session.',
];

function read(lines: readonly string[]): { log: SshLog; reports: SshReport[] } {
  const log = new SshLog(5000);
  const reports = lines.map((line) => log.read(line)).filter((report) => report !== null);
  return { log, reports };
}

describe('what ssh writes', () => {
  it('is reported in the order in which a hop opens', () => {
    const lines = [
      'debug1: Remote protocol version 2.0, remote software version x',
      SHOWN,
      TAKEN,
      SIGN_IN,
      ...OPEN,
    ];
    expect(read(lines).reports.map(({ type }) => type)).toEqual([
      'reached',
      'hostKeyTaken',
      'authenticating',
      'authenticated',
      'ready',
    ]);
  });

  it.each([
    ['ssh: Could not resolve hostname nowhere: Name or service not known', 'ssh.nameNotFound'],
    ['ssh: connect to host 127.0.0.1 port 1: Connection refused', 'ssh.refused'],
    ['ssh: connect to host 10.0.0.1 port 22: No route to host', 'ssh.unreachable'],
    ['ssh: connect to host 10.0.0.1 port 22: Connection timed out', 'ssh.timedOut'],
    ['ssh: connect to host 10.0.0.1 port 22: Operation timed out', 'ssh.timedOut'],
    ['Connection timed out during banner exchange', 'ssh.timedOut'],
    ['kex_exchange_identification: Connection closed by remote host', 'ssh.notSsh'],
    [
      'Unable to negotiate with 10.0.0.1 port 22: no matching key exchange method found. Their offer: x',
      'ssh.algorithms',
    ],
    ['No ED25519 host key is known for a and you have requested strict checking.', 'ssh.hostKeyUnknown'],
    ['@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @', 'ssh.hostKeyChanged'],
    ['@       WARNING: REVOKED HOST KEY DETECTED!               @', 'ssh.hostKeyRevoked'],
    ['/x/config: line 3: Bad configuration option: nosuch', 'ssh.configInvalid'],
    ['Bad owner or permissions on /home/u/.ssh/config', 'ssh.configInvalid'],
    ['Connection reset by 10.0.0.1 port 22', 'ssh.closed'],
    ['what no version of ssh writes', 'ssh.failed'],
  ])('%j before a sign-in means %s', (line, code) => {
    expect(read([line]).log.failure(false)).toBe(code);
  });

  it.each([
    [['root@a: Permission denied (publickey).'], 'ssh.authFailed'],
    [['Received disconnect from a port 22:2: Too many authentication failures'], 'ssh.tooManyAttempts'],
    [
      [
        '@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @',
        'root@a: Permission denied (publickey).',
      ],
      'ssh.keyUnprotected',
    ],
    [['Load key "/x": invalid format', 'root@a: Permission denied (publickey).'], 'ssh.keyInvalid'],
    [['Connection closed by 10.0.0.1 port 22'], 'ssh.closed'],
  ])('%j at a sign-in means %s', (lines, code) => {
    expect(read([SHOWN, TAKEN, SIGN_IN, ...lines]).log.failure(false)).toBe(code);
  });

  it('tells a sign-in that the server does not take from one that it refuses', () => {
    const none = 'debug1: Authentications that can continue: password,keyboard-interactive';
    const denied = 'root@a: Permission denied (password,keyboard-interactive).';
    const { log } = read([
      SHOWN,
      TAKEN,
      SIGN_IN,
      none,
      'debug1: No more authentication methods to try.',
      denied,
    ]);
    expect(log.takesNoKeys).toBe(true);
    expect(log.failure(false)).toBe('ssh.methodNotOffered');
    expect(log.detail('ssh.methodNotOffered')).toBe('It takes: password, keyboard-interactive.');
    const tries = 'debug1: Next authentication method: password';
    const tried = read([SHOWN, TAKEN, SIGN_IN, none, tries, none, denied]).log;
    expect(tried.failure(false)).toBe('ssh.authFailed');
    expect(tried.detail('ssh.authFailed')).toBeUndefined();
    const keys = ['debug1: Authentications that can continue: publickey'];
    keys.push('debug1: Next authentication method: publickey');
    const partial = 'Authenticated using "publickey" with partial success.';
    const twice = read([SHOWN, TAKEN, SIGN_IN, ...keys, partial, none, denied]).log;
    expect(twice.failure(false)).toBe('ssh.methodNotOffered');
  });

  it('blames an agent without keys only where no other key was offered', () => {
    const empty = 'debug1: get_agent_identities: ssh_fetch_identitylist: agent contains no identities';
    const takes = 'debug1: Authentications that can continue: publickey';
    const tries = 'debug1: Next authentication method: publickey';
    const denied = 'root@a: Permission denied (publickey).';
    const begun = [SHOWN, TAKEN, empty, SIGN_IN, takes, tries];
    expect(read([...begun, denied]).log.failure(false)).toBe('ssh.agentLacksKey');
    for (const other of ['Offering public key: /x ED25519 SHA256:y', 'Trying private key: /x'])
      expect(read([...begun, `debug1: ${other}`, denied]).log.failure(false)).toBe('ssh.authFailed');
  });

  it('a hostile server: its banner names no host key and no failure of an earlier phase', () => {
    const { log, reports } = read([
      SHOWN,
      TAKEN,
      SIGN_IN,
      `debug1: Server host key: ssh-rsa SHA256:${'B'.repeat(43)}`,
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
      'debug1: Entering interactive session.',
      'root@a: Permission denied (publickey).',
    ]);
    expect(log.shown?.fingerprint).toBe(FINGERPRINT);
    expect(log.failure(false)).toBe('ssh.authFailed');
    expect(reports.map(({ type }) => type)).not.toContain('ready');
  });

  it('calls a key that changes within a connection changed, and not one that was passed over before', () => {
    const changed = '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @';
    const { log } = read([SHOWN, changed, TAKEN, SIGN_IN, ...OPEN]);
    expect(log.failure(false)).toBe('tunnel.lost');
    log.read('No ED25519 host key is known for [a]:22 and you have requested strict checking.');
    log.read('Host key verification failed.');
    expect(log.failure(false)).toBe('ssh.hostKeyChanged');
  });

  it('blames the passphrase only where the server takes the key', () => {
    const denied = 'root@a: Permission denied (publickey).';
    const accepted = 'debug1: Server accepts key: /x ED25519 SHA256:y explicit';
    expect(read([SHOWN, TAKEN, SIGN_IN, accepted, denied]).log.failure(true)).toBe('ssh.passphraseWrong');
    expect(read([SHOWN, TAKEN, SIGN_IN, accepted, denied]).log.failure(false)).toBe('ssh.authFailed');
    expect(read([SHOWN, TAKEN, SIGN_IN, denied]).log.failure(true)).toBe('ssh.authFailed');
  });

  it('tells the answer to a ping from a target that is not reached, by the port that was dialled', () => {
    const lines = [
      'debug1: Connection to port 5000 forwarding to db port 5432 requested.',
      'debug1: channel 2: new direct-tcpip [direct-tcpip] (inactive timeout: 0)',
      'debug1: Connection to port -2 forwarding to / port -2 requested.',
      'debug1: channel 3: new [direct-streamlocal@openssh.com]',
      'channel 3: open failed: connect failed: open failed',
      'channel 2: open failed: administratively prohibited: open failed',
    ];
    const { reports, log } = read([SHOWN, TAKEN, SIGN_IN, ...OPEN, ...lines]);
    expect(reports.slice(-2)).toEqual([
      { type: 'openFailed', reason: 'unreachable', isPing: true },
      { type: 'openFailed', reason: 'prohibited', isPing: false },
    ]);
    expect(log.failure(false)).toBe('tunnel.lost');
    log.read('Timeout, server a not responding.');
    expect(log.failure(false)).toBe('tunnel.notResponding');
  });
});
