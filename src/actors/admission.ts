import type { Judgement } from '../events/judgement.ts';
import type { EnvironmentPolicy } from '../events/policy.ts';
import { type Environment, stricterOf } from '../events/profile.ts';
import type { Admission, QueryPurpose, Verdict } from '../events/query.ts';

/** What is known of the place a statement is to run in. Comes from the vault, never from a request. */
export interface Trust {
  readonly environment: Environment;
  readonly readOnly: boolean;
}

/**
 * The trust that a statement is judged by: what the session was opened with, or the profile as it is now where that is
 * stricter. A profile that is edited while it is open can take rights away, never give them.
 */
export function trustIn(opened: Trust, now: Trust | undefined): Trust {
  if (!now) return opened;
  return {
    environment: stricterOf(opened.environment, now.environment),
    readOnly: opened.readOnly || now.readOnly,
  };
}

/** What the policy says of dangerous statements in that environment. */
type DangerRules = Pick<EnvironmentPolicy, 'confirmDangerous' | 'blockDangerous'>;

/** Whether a statement may run, and by which rule it may not. */
export type Admitted = { readonly admission: Admission; readonly code?: string };

/**
 * Whether a statement may run. Pure: the same judgement, trust and rules give the same answer; doc/safety.md has the table.
 * What is not proven to read, or to set only what no wall depends on, is refused where writing is. A request has no say in it.
 * Invariant C6.
 */
export function admit(
  { verdict, dangers, harmlessSetting }: Pick<Judgement, 'verdict' | 'dangers' | 'harmlessSetting'>,
  trust: Trust,
  rules: DangerRules,
): Admitted {
  const mayStandReadOnly = verdict === 'read' || (verdict === 'session' && harmlessSetting === true);
  if (trust.readOnly && !mayStandReadOnly)
    return {
      admission: 'refused',
      code: verdict === 'unknown' ? 'readOnly.notProvenRead' : `readOnly.${verdict}`,
    };
  if (dangers.length === 0) return { admission: 'admitted' };
  if (rules.blockDangerous) return { admission: 'refused', code: 'policy.dangerous' };
  return { admission: rules.confirmDangerous ? 'confirm' : 'admitted' };
}

/**
 * By which rule a statement that was admitted may not be sent any more, because the profile or the policy has become stricter
 * since; null where it may.
 */
export function refusedSince(
  judgement: Pick<Judgement, 'verdict' | 'dangers' | 'harmlessSetting'>,
  trust: Trust,
  rules: DangerRules,
  confirmed: boolean,
): string | null {
  const { admission, code } = admit(judgement, trust, rules);
  if (admission === 'confirm') return confirmed ? null : 'confirmation.needed';
  return admission === 'refused' ? code! : null;
}

/** What statements of ours do, known without a parser because we made them; null for the user's own. */
export function ownVerdict(purpose: QueryPurpose): Verdict | null {
  switch (purpose) {
    case 'catalogue':
      return 'read';
    case 'edit':
      return 'write';
    case 'transaction':
      return 'transaction';
    case 'statement':
      return null;
  }
}
