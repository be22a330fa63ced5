import { POLICY_SETTINGS, type Policy, type PolicyRule, type PolicyValue, withSetting } from './policy.ts';
import { ENVIRONMENTS } from './profile.ts';

/** What is wrong with a policy, and where. */
export interface PolicyProblem {
  /** In the file: a JSON pointer. Empty for the whole, and for a variable. */
  readonly pointer: string;
  /** The environment variable, where it is one that is wrong. */
  readonly variable?: string;
  /** From 1, where the file's text is known. */
  readonly line?: number;
  /** `policy.json`, `policy.unknown`, `policy.value`, `policy.type`, `policy.file`. */
  readonly code: string;
  readonly message: string;
}

/** What a policy's file says: `base` with its settings put in, which settings those are, and all that is wrong. */
export function readPolicy(
  value: unknown,
  base: Policy,
): {
  readonly policy: Policy;
  readonly said: ReadonlySet<string>;
  readonly problems: readonly PolicyProblem[];
} {
  const problems: PolicyProblem[] = [];
  const said = new Set<string>();
  let policy = base;
  const wrong = (pointer: string, code: string, message: string) =>
    void problems.push({ pointer, code, message });
  const part = (at: unknown, pointer: string): [string, unknown][] => {
    if (typeof at === 'object' && at !== null && !Array.isArray(at)) return Object.entries(at);
    wrong(pointer, 'policy.type', 'An object is expected here.');
    return [];
  };
  const setting = (pointer: string, at: unknown): void => {
    const known = POLICY_SETTINGS.find((one) => one.pointer === pointer);
    const why = known === undefined ? null : whyNot(known.rule, at);
    if (known === undefined) wrong(pointer, 'policy.unknown', 'There is no such setting.');
    else if (why !== null) wrong(pointer, 'policy.value', why);
    else {
      said.add(pointer);
      policy = withSetting(policy, pointer, at as PolicyValue);
    }
  };
  for (const [name, at] of part(value, '')) {
    if (name !== 'environments') setting(`/${escaped(name)}`, at);
    else
      for (const [environment, settings] of part(at, '/environments')) {
        const pointer = `/environments/${escaped(environment)}`;
        if (!ENVIRONMENTS.some((known) => known === environment))
          wrong(pointer, 'policy.unknown', `The environments are ${ENVIRONMENTS.join(', ')}.`);
        else for (const [key, found] of part(settings, pointer)) setting(`${pointer}/${escaped(key)}`, found);
      }
  }
  return { policy, said, problems };
}

/** Why a value is none that the rule allows; null where it is one. `noLimit`: how no limit is written there. */
export function whyNot(rule: PolicyRule, value: unknown, noLimit = 'null'): string | null {
  if (rule.kind === 'flag') return typeof value === 'boolean' ? null : 'true or false is expected here.';
  if (rule.kind === 'choice')
    return rule.words.some((word) => word === value)
      ? null
      : `One of ${rule.words.join(', ')} is expected here.`;
  if (value === null && rule.none) return null;
  const fits = Number.isInteger(value) && (value as number) >= rule.min && (value as number) <= rule.max;
  const none = rule.none ? `, or ${noLimit} for no limit` : '';
  return fits ? null : `A whole number from ${rule.min} to ${rule.max} is expected here${none}.`;
}

/** A name as a part of a JSON pointer (RFC 6901, section 3). */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
