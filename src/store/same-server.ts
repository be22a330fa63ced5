import type { ProfileDraft, Target, TlsMode } from '../events/profile.ts';
import { invalidProfile } from './config-error.ts';

/**
 * A stored secret is sent only to the server it was stored for, verified at least as strictly.
 * @throws ConfigError that names each secret which has to be typed again, or forgotten
 */
export function assertSameServer(
  before: Target | undefined,
  draft: ProfileDraft,
  names: readonly string[],
): void {
  if (before === undefined || isSameServer(before, draft.target)) return;
  const errors = names
    .filter((name) => !(draft.askPassword && name === 'password'))
    .map((name) => ({ field: `secrets.${name}`, code: 'secret.otherServer', message: OTHER_SERVER }));
  if (errors.length > 0) throw invalidProfile(errors);
}

const OTHER_SERVER =
  'It was kept for another server, or for one that has to prove itself better. Type it again.';

/** From the least that a server has to prove to the most. */
const PROOFS: readonly TlsMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];

function isSameServer(before: Target, now: Target): boolean {
  const address = ({ engine, host, port, mongo }: Target) =>
    `${engine} ${host} ${port} ${mongo?.srv ?? false} ${(mongo?.hosts ?? []).join()}`;
  const proof = ({ tls }: Target) => PROOFS.indexOf(tls.mode);
  const trusted = ({ tls }: Target) =>
    `${tls.caFile ?? ''} ${tls.serverName ?? ''} ${tls.serverKeyFile ?? ''}`;
  if (address(before) !== address(now) || proof(now) < proof(before)) return false;
  return proof(before) < PROOFS.indexOf('verify-ca') || trusted(before) === trusted(now);
}
