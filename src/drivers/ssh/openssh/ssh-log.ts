import type { SshFailureCode } from '../failures.ts';

/** What ssh reports while it opens a connection and holds it. */
export type SshReport =
  /** An SSH server answers. */
  | { readonly type: 'reached' }
  | { readonly type: 'hostKeyTaken'; readonly keyType: string; readonly verdict: 'known' | 'certified' }
  | { readonly type: 'authenticating'; readonly keyType: string }
  | { readonly type: 'authenticated' }
  /** It listens where it was to, and the session runs. */
  | { readonly type: 'ready' }
  /** A connection through it was not opened at the other end. */
  | { readonly type: 'openFailed'; readonly reason: OpenFailure; readonly isPing: boolean };

/** Why the other end did not open a connection (RFC 4254 §5.1, and what OpenSSH says of it). */
export type OpenFailure = 'prohibited' | 'refused' | 'nameNotFound' | 'unreachable';

const HOST_KEY = /^debug1: Server host (?:key|certificate): (\S{1,80}) (SHA256:[A-Za-z0-9+/]{43})/;
const TAKEN = /^debug1: Host '.*' is known and matches the \S+ host (key|certificate)\./;
const OPEN_FAILED = /^channel (\d+): open failed: ([a-z ]+)(?:: (.*))?$/;
const NEW_CHANNEL = /^debug1: channel (\d+): new \[?(?:direct-[a-z]+(?:@openssh\.com)?)/;
/** What an ssh writes itself while its proxy runs, and nothing. */
const OF_SSH =
  /^debug1: |^kex_exchange_identification: |^banner exchange: |^Connection (?:closed|reset) by |^\s*$/;
/** What is quoted of a line. */
const PROXY_LINE_UNITS = 300;
const FORWARDING = /^debug1: Connection to port (-?\d+) forwarding to /;

const VERSION = /^debug1: Local version string SSH-2\.0-OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/;
const TRIES = /^debug1: Next authentication method: (\S+)/;
const TAKES = /^debug1: Authentications that can continue: ([a-z,@.-]{1,200})$/;
const OFFERS_KEY = /^debug1: (?:Offering public key|Trying private key): /;

type Phase = 'dialling' | 'signingIn' | 'authenticated';
type Line = readonly [pattern: RegExp, code: SshFailureCode];

/** What ssh writes in LC_ALL=C (ssh.c, sshconnect.c, sshconnect2.c, readconf.c), in the order in which one explains the others. */
const BEFORE_SIGN_IN: readonly Line[] = [
  [
    /Bad configuration option|bad configuration options|Bad owner or permissions on|^\S+: line \d+: /i,
    'ssh.configInvalid',
  ],
  [/^@.*REVOKED HOST KEY DETECTED|was revoked|^Host key \S+ .*revoked/, 'ssh.hostKeyRevoked'],
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, 'ssh.hostKeyChanged'],
  [/^(?:error: )?Certificate invalid: /, 'ssh.hostCertificate'],
  [/^No \S+ host key is known for .* and you have requested strict checking/, 'ssh.hostKeyUnknown'],
  [/^Unable to negotiate with /, 'ssh.algorithms'],
  [/Could not resolve hostname/, 'ssh.nameNotFound'],
  [/^ssh: connect to host .*: Connection refused/, 'ssh.refused'],
  [/^ssh: connect to host .*: (?:No route to host|Network is unreachable|Host is down)/, 'ssh.unreachable'],
  [
    /^ssh: connect to host .* timed out|^Connection timed out during banner exchange|^Connection to .* timed out/,
    'ssh.timedOut',
  ],
  [/^kex_exchange_identification: |^banner exchange: |^Bad remote protocol version/, 'ssh.notSsh'],
];
const AT_SIGN_IN: readonly Line[] = [
  [/Too many authentication failures/, 'ssh.tooManyAttempts'],
  [/^\S.*: Permission denied \([a-z,@.-]*\)\.?$/, 'ssh.authFailed'],
];
/** What keeps a key from being used; it explains a sign-in that is then refused. */
const OF_KEYS: readonly Line[] = [
  [/UNPROTECTED PRIVATE KEY FILE/, 'ssh.keyUnprotected'],
  [/no such identity: |^Identity file .* not accessible/, 'ssh.keyMissing'],
  [/^Load key .*: (?:invalid format|error in libcrypto|unknown or unsupported key type)/, 'ssh.keyInvalid'],
  [
    /get_agent_identities: ssh_get_authentication_socket|pubkey_prepare: ssh_get_authentication_socket/,
    'ssh.agentUnreachable',
  ],
  [/get_agent_identities: .*agent contains no identities/, 'ssh.agentLacksKey'],
  [/: agent refused operation$/, 'ssh.agentRefused'],
];
/** A key exchange begins again within a connection, and the server shows another key than in the first one. */
const AT_REKEY: readonly Line[] = [[/^Host key verification failed\./, 'ssh.hostKeyChanged']];
const NOT_RESPONDING: Line = [/^Timeout, server .* not responding/, 'tunnel.notResponding'];
const ALWAYS: readonly Line[] = [
  NOT_RESPONDING,
  [/^Connection (?:closed|reset) by |Broken pipe|Connection reset by peer/, 'ssh.closed'],
];

/**
 * Reads what ssh writes at level DEBUG1. What a server makes it write (a banner, its texts) can name no host key once one is taken,
 * and no failure of an earlier phase: each phase has its own words.
 */
export class SshLog {
  private phase: Phase = 'dialling';
  private readonly seen = new Set<SshFailureCode>();
  private readonly pingChannels = new Set<string>();
  private nextIsPing = false;
  private isListening = false;
  /** The key that the server shows, before it is judged. */
  shown: { readonly keyType: string; readonly fingerprint: string } | null = null;
  /** The server took one of several factors. */
  partialSuccess = false;
  /** The server would take the key that it was offered, before its passphrase is asked for. */
  keyAccepted = false;
  /** ssh writes `(user@host) ` before a question of the server's: since OpenSSH 8.5, which is not known of any other. */
  private marksQuestions = false;
  private serverAsks = false;
  /** Methods that were tried since the server took one. */
  private readonly tried = new Set<string>();
  /** Methods that the server takes, by its last word. */
  private takes: string | null = null;
  /** The last line that the way there has written. */
  private ofProxy = '';
  private isReached = false;
  private isPortTaken = false;

  /**
   * @param port where it is to listen on 127.0.0.1; what comes in elsewhere is a ping
   * @param isProxied a ProxyCommand or a jump host's ssh leads there: it writes among the lines, alone until the host answers
   */
  constructor(
    private readonly port: number,
    private readonly isProxied = false,
  ) {}

  read(line: string): SshReport | null {
    this.notice(line);
    switch (this.phase) {
      case 'dialling':
        return this.whileDialling(line);
      case 'signingIn':
        return this.whileSigningIn(line);
      case 'authenticated':
        return this.whileOpen(line);
    }
  }

  /** A prompt in ssh's own words may be a question of the server's that looks like one. */
  get mayBeServers(): boolean {
    return this.serverAsks && !this.marksQuestions;
  }

  /** The server takes no keys: none was offered. */
  get takesNoKeys(): boolean {
    return this.takes !== null && !this.tried.has('publickey');
  }

  /** What is shown beside a failure. */
  detail(code: SshFailureCode): string | undefined {
    if (code === 'ssh.proxyFailed' && this.ofProxy) return this.ofProxy;
    return code === 'ssh.methodNotOffered' ? `It takes: ${this.takes?.replaceAll(',', ', ')}.` : undefined;
  }

  private whileDialling(line: string): SshReport | null {
    const [, major, minor] = VERSION.exec(line) ?? [];
    if (major) this.marksQuestions = Number(major) > 8 || (major === '8' && Number(minor) >= 5);
    if (line.startsWith('debug1: Remote protocol version 2.')) {
      // What the way there has written explains no failure of the host.
      if (this.isProxied) this.seen.clear();
      this.isReached = true;
      return { type: 'reached' };
    }
    const [, keyType, fingerprint] = HOST_KEY.exec(line) ?? [];
    if (keyType && fingerprint) this.shown = { keyType, fingerprint };
    const taken = TAKEN.exec(line)?.[1];
    if (taken && this.shown)
      return {
        type: 'hostKeyTaken',
        keyType: this.shown.keyType,
        verdict: taken === 'certificate' ? 'certified' : 'known',
      };
    if (line !== 'debug1: SSH2_MSG_SERVICE_ACCEPT received') return null;
    this.phase = 'signingIn';
    return { type: 'authenticating', keyType: this.shown?.keyType ?? 'unknown' };
  }

  private whileSigningIn(line: string): SshReport | null {
    if (/^Authenticated using ".*" with partial success\./.test(line)) {
      this.partialSuccess = true;
      this.tried.clear();
    }
    this.takes = TAKES.exec(line)?.[1] ?? this.takes;
    const method = TRIES.exec(line)?.[1];
    if (method) this.tried.add(method);
    if (method === 'keyboard-interactive' || method === 'password') this.serverAsks = true;
    // An agent without keys explains nothing where there are others.
    if (OFFERS_KEY.test(line)) this.seen.delete('ssh.agentLacksKey');
    if (line.startsWith('debug1: Server accepts key: ')) this.keyAccepted = true;
    if (!/^Authenticated to .* using "/.test(line)) return null;
    this.phase = 'authenticated';
    // Such as a changed key, where keys are not checked.
    this.seen.clear();
    return { type: 'authenticated' };
  }

  private whileOpen(line: string): SshReport | null {
    if (line === `debug1: Local forwarding listening on 127.0.0.1 port ${this.port}.`)
      this.isListening = true;
    if (this.isListening && line === 'debug1: Entering interactive session.') return { type: 'ready' };
    const to = FORWARDING.exec(line);
    if (to) this.nextIsPing = to[1] !== String(this.port);
    const created = NEW_CHANNEL.exec(line)?.[1];
    if (created && this.nextIsPing) this.pingChannels.add(created);
    const [, channel, why, text] = OPEN_FAILED.exec(line) ?? [];
    if (!channel) return null;
    return {
      type: 'openFailed',
      reason: openFailure(why ?? '', text ?? ''),
      isPing: this.pingChannels.delete(channel),
    };
  }

  private notice(line: string): void {
    const lists = {
      dialling: [...BEFORE_SIGN_IN, ...ALWAYS],
      signingIn: [...AT_SIGN_IN, ...OF_KEYS, ...ALWAYS],
      authenticated: [...AT_REKEY, ...ALWAYS],
    };
    for (const [pattern, code] of this.phase === 'dialling'
      ? [...lists.dialling, ...OF_KEYS]
      : lists[this.phase])
      if (pattern.test(line)) this.seen.add(code);
    // Not that of a forward in the user's own configuration.
    if (line === `channel_setup_fwd_listener_tcpip: cannot listen to port: ${this.port}`)
      this.isPortTaken = true;
    if (this.isProxied && !this.isReached && !OF_SSH.test(line))
      this.ofProxy = line.replace(/[^\x20-\x7e]/g, '?').slice(0, PROXY_LINE_UNITS);
  }

  /** Why ssh ended, by what it wrote. `passphraseGiven`: it was given the passphrase of its key. */
  failure(passphraseGiven: boolean): SshFailureCode {
    if (this.phase === 'authenticated')
      return (
        this.firstOf([...AT_REKEY, NOT_RESPONDING]) ?? (this.isPortTaken ? 'tunnel.portTaken' : 'tunnel.lost')
      );
    if (this.isProxied && !this.isReached && !this.seen.has('ssh.configInvalid')) return 'ssh.proxyFailed';
    const before = this.phase === 'dialling' ? this.firstOf(BEFORE_SIGN_IN) : null;
    if (before) return before;
    const refused = this.firstOf(AT_SIGN_IN);
    if (refused === 'ssh.authFailed' && this.keyAccepted && passphraseGiven && !this.partialSuccess)
      return 'ssh.passphraseWrong';
    if (refused === 'ssh.authFailed' && this.takes !== null && this.tried.size === 0)
      return 'ssh.methodNotOffered';
    if (refused) return this.firstOf(OF_KEYS) ?? refused;
    return this.firstOf(ALWAYS) === 'ssh.closed' ? 'ssh.closed' : 'ssh.failed';
  }

  private firstOf(lines: readonly Line[]): SshFailureCode | null {
    return lines.find(([, code]) => this.seen.has(code))?.[1] ?? null;
  }
}

function openFailure(why: string, text: string): OpenFailure {
  if (why === 'administratively prohibited') return 'prohibited';
  if (/name|resolve|nodename/i.test(text)) return 'nameNotFound';
  return /refused/i.test(text) ? 'refused' : 'unreachable';
}
