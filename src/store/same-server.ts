import type { ProfileDraft, Target, TlsMode } from '../events/profile.ts';
import { commandText, type Hop, type SshTunnel, type Tunnel } from '../events/tunnel.ts';
import { invalidProfile } from './config-error.ts';

/** What a secret is sent to depends on: the server, and the way there. */
type Receiver = Pick<ProfileDraft, 'target' | 'tunnel'>;

/**
 * A stored secret is sent only to the server it was stored for, verified at least as strictly, and a hop's only to that hop.
 * @throws ConfigError that names each secret which has to be typed again, or forgotten
 */
export function assertSameServer(
  before: Receiver | undefined,
  draft: ProfileDraft,
  names: readonly string[],
): void {
  if (before === undefined) return;
  const errors = names
    .filter((name) => !(draft.askPassword && name === 'password'))
    .filter((name) => {
      const hop = /^ssh\.(\d)\./.exec(name)?.[1];
      return hop === undefined
        ? !isSameReceiver(before, draft)
        : !isSameHop(before.tunnel, draft.tunnel, Number(hop));
    })
    .map((name) => ({ field: `secrets.${name}`, code: 'secret.otherServer', message: OTHER_SERVER }));
  if (errors.length > 0) throw invalidProfile(errors);
}

const OTHER_SERVER =
  'It was kept for another server, or for one that has to prove itself better. Type it again.';

/** From the least that a server has to prove to the most. */
const PROOFS: readonly TlsMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];

/** A server that proves its identity by TLS is the same one whichever way leads to it. */
function isSameReceiver(before: Receiver, now: Receiver): boolean {
  if (!isSameServer(before.target, now.target)) return false;
  return provesItself(before.target) || isSameWay(before.tunnel, now.tunnel);
}

function provesItself({ tls }: Target): boolean {
  return PROOFS.indexOf(tls.mode) >= PROOFS.indexOf('verify-ca');
}

function isSameWay(before: Tunnel | undefined, now: Tunnel | undefined): boolean {
  if (before?.by === 'ssh')
    return now?.by === 'ssh' && isSameHops(before, now, before.hops.length, now.hops.length);
  if (before?.by === 'command')
    return now?.by === 'command' && commandText(before.argv) === commandText(now.argv);
  return now === undefined;
}

/** The hop is the same one, and so is every hop on the way to it: behind another one its name may lead elsewhere. */
function isSameHop(before: Tunnel | undefined, now: Tunnel | undefined, hop: number): boolean {
  // Without such a hop it is sent nowhere.
  if (now?.by !== 'ssh' || hop >= now.hops.length) return true;
  return before?.by === 'ssh' && isSameHops(before, now, hop + 1, hop + 1);
}

function isSameHops(before: SshTunnel, now: SshTunnel, countBefore: number, countNow: number): boolean {
  if (countBefore !== countNow || (now.hostKeys === 'off' && before.hostKeys !== 'off')) return false;
  const address = ({ host, port, user }: Hop) => `${user ?? ''} ${host} ${port ?? ''}`;
  const [was, is] = [before.hops.slice(0, countBefore), now.hops.slice(0, countNow)];
  return (
    was.length === countBefore &&
    is.length === countNow &&
    was.every((hop, at) => address(hop) === address(is[at]!))
  );
}

function isSameServer(before: Target, now: Target): boolean {
  const address = ({ engine, host, port, mongo }: Target) =>
    `${engine} ${host} ${port} ${mongo?.srv ?? false} ${(mongo?.hosts ?? []).join()}`;
  const proof = ({ tls }: Target) => PROOFS.indexOf(tls.mode);
  const trusted = ({ tls }: Target) =>
    `${tls.caFile ?? ''} ${tls.serverName ?? ''} ${tls.serverKeyFile ?? ''}`;
  if (address(before) !== address(now) || proof(now) < proof(before)) return false;
  return proof(before) < PROOFS.indexOf('verify-ca') || trusted(before) === trusted(now);
}
