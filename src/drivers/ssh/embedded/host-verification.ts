import type { HostKeyCheck } from '../../../events/tunnel.ts';
import type { TunnelAnswer, TunnelOptions, TunnelQuestion } from '../../tunnel.ts';
import { type HopName, sshError } from '../failures.ts';
import { type PublicKey, publicKey } from '../host-key.ts';
import { hostKeyClash } from '../host-key-clash.ts';
import { type KnownHost, type KnownHostLine, knownHostName, readKnownHost } from '../known-hosts.ts';
import { addKnownHost } from '../known-hosts-add.ts';
import { judgeHostKey, knownKeyTypes } from '../known-hosts-verdict.ts';
import { randomArt } from '../random-art.ts';

/** What the verification of a host's key needs of its hop. */
export interface VerificationOptions extends Pick<TunnelOptions, 'knownHosts' | 'onStep'> {
  readonly hop: number;
  readonly host: string;
  readonly port: number;
  readonly check: HostKeyCheck;
  readonly ask: (question: TunnelQuestion) => Promise<TunnelAnswer>;
}

/** Host key algorithms of ssh2 that are not broken, best first, with the type of the key that each is of (RFC 8332). */
const ALGORITHMS = [
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  ['ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  ['ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'ssh-rsa'],
  ['rsa-sha2-256', 'ssh-rsa'],
  ['ssh-rsa', 'ssh-rsa'],
] as const;
type Algorithm = (typeof ALGORITHMS)[number][0];

/** Verifies the key that one host shows, on each key exchange of its connection. */
export class HostVerification {
  private accepted: PublicKey | null = null;
  /** It is trusted by the user's word, and to be remembered. */
  private isNew = false;

  private constructor(
    private readonly options: VerificationOptions,
    private readonly known: KnownHost,
  ) {}

  /** @throws DriverError `ssh.knownHostsUnreadable` */
  static async of(options: VerificationOptions): Promise<HostVerification> {
    const { knownHosts, host, port, check } = options;
    const files = [...knownHosts.files, knownHosts.ours];
    return new HostVerification(
      options,
      check === 'off' ? { lines: [], skipped: 0 } : await readKnownHost(files, host, port),
    );
  }

  private get at(): HopName {
    return this.options;
  }

  /** What the server is asked for: first keys of the types that are known, or a host that is known by another would look changed. */
  get algorithms(): Algorithm[] {
    const known = knownKeyTypes(this.known);
    const isKnown = ([, keyType]: (typeof ALGORITHMS)[number]): boolean => known.includes(keyType);
    return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((one) => !isKnown(one))].map(
      ([name]) => name,
    );
  }

  /** Whether it is the key of the first exchange. */
  isAccepted(blob: Uint8Array): boolean {
    return this.accepted !== null && Buffer.compare(this.accepted.blob, blob) === 0;
  }

  /**
   * Resolves where the key is taken. A re-exchange has to show the key of the first exchange.
   * @throws DriverError `ssh.hostKey*`, `ssh.hostCertificate`, `tunnel.notAnswered`
   */
  async verify(blob: Uint8Array): Promise<void> {
    const { hop, host, port, check, onStep, ask } = this.options;
    const where = knownHostName(host, port);
    const key = publicKey(blob);
    if (!key) throw sshError('ssh.protocol', this.at, 'its host key is not valid');
    if (this.accepted) {
      if (this.isAccepted(blob)) return;
      throw sshError(
        'ssh.hostKeyChanged',
        this.at,
        `It showed ${key.fingerprint} within its connection, after ${this.accepted.fingerprint}.`,
      );
    }
    const { verdict, by, others, authorities } = judgeHostKey(this.known, blob);
    const { keyType, fingerprint } = key;
    const shown = `${keyType} ${fingerprint}`;
    await onStep({ type: 'hostKey', hop, keyType, verdict: check === 'off' ? 'unchecked' : verdict });
    if (check !== 'off' && verdict !== 'known') {
      if (verdict !== 'unknown')
        throw hostKeyClash(verdict === 'changed' ? 'ssh.hostKeyChanged' : 'ssh.hostKeyRevoked', this.at, {
          host: where,
          shown: key,
          lines: by,
        });
      if (authorities.length > 0)
        throw sshError('ssh.hostCertificate', this.at, `Certified by ${lineOf(authorities[0]!)}.`);
      if (check === 'strict') throw sshError('ssh.hostKeyUnknown', this.at, shown);
      const hostKey = { keyType, fingerprint };
      const answer = await ask({
        type: 'hostKey',
        hop,
        host: where,
        hostKey,
        art: randomArt(key),
        others: others.map(({ file, line, keyType, fingerprint }) => ({ file, line, keyType, fingerprint })),
      });
      if (!('trusted' in answer) || !answer.trusted) throw sshError('ssh.hostKeyUnknown', this.at, shown);
      this.isNew = true;
    }
    this.accepted = key;
  }

  /** The host has proved that it has the key's private half: a key that the user trusts is remembered now. @throws DriverError `ssh.knownHostsNotWritten` */
  async proved(): Promise<void> {
    const { knownHosts, host, port } = this.options;
    if (!this.isNew) return;
    this.isNew = false;
    await addKnownHost(knownHosts.ours, host, port, this.accepted!);
  }
}

function lineOf({ keyType, fingerprint, file, line }: KnownHostLine): string {
  return `${keyType} ${fingerprint} (${file}, line ${line})`;
}
