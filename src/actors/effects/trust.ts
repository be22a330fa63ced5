import type { EnvironmentPolicy } from '../../events/policy.ts';
import { type Trust, trustIn } from '../admission.ts';
import type { Ports } from '../ports.ts';

/** What a statement's place is trusted with at this moment, and what the policy says there. */
interface TrustNow {
  readonly trust: Trust;
  readonly rules: EnvironmentPolicy;
}

/**
 * The trust and the rules that hold now for a session that was opened with `opened`. Evaluated when a statement is judged, and again
 * before it is sent.
 * Invariant I7.
 */
export function trustNow(ports: Ports, opened: Trust & { readonly profileId: string }): TrustNow {
  const trust = trustIn(opened, ports.profiles.get(opened.profileId));
  return { trust, rules: ports.rules(trust.environment) };
}
