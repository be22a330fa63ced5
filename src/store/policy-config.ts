import type { PolicyView } from '../events/config.ts';
import { DEFAULT_POLICY, POLICY_SETTINGS, type Policy, settingOf } from '../events/policy.ts';
import type { ConfigFact } from '../events/workspace.ts';
import { ConfigError } from './config-error.ts';
import { type LoadedPolicy, PolicyError, type PolicyFile } from './policy.ts';

/** The policy behind its command: what is saved, and the facts that say which one holds. */
export class PolicyConfig {
  readonly #file: PolicyFile;
  #tell: (fact: ConfigFact) => void = () => undefined;

  constructor(file: PolicyFile) {
    this.#file = file;
  }

  /** Takes the facts: first which policy holds, where it is not the default. */
  onFact(tell: (fact: ConfigFact) => void): void {
    this.#tell = tell;
    this.#tellChanges(DEFAULT_POLICY);
  }

  /** The policy that holds. */
  get current(): Policy {
    return this.#file.loaded.policy;
  }

  get view(): PolicyView {
    return policyView(this.#file.loaded);
  }

  /** @throws ConfigError with what is wrong, setting by setting */
  async save(policy: unknown): Promise<void> {
    const before = this.current;
    try {
      await this.#file.save(policy);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      const { code, message, problems } = error;
      const errors = problems.map((problem) => ({
        field: problem.pointer,
        code: problem.code,
        message: problem.message,
      }));
      throw new ConfigError(code, message, errors);
    } finally {
      // A save that is refused has read the file too: another policy may hold than before.
      this.#tellChanges(before);
    }
  }

  /** Records which policy holds, where it is another one than before. */
  #tellChanges(before: Policy): void {
    const { policy, problems } = this.#file.loaded;
    const changes = changesOf(before, policy);
    if (changes.length > 0) this.#tell({ type: 'policy.changed', changes, problems: problems.length });
  }
}

/** What is different in another policy, setting by setting. */
function changesOf(before: Policy, now: Policy): (ConfigFact & { type: 'policy.changed' })['changes'] {
  return POLICY_SETTINGS.map(({ pointer }) => ({ setting: pointer, value: settingOf(now, pointer) })).filter(
    ({ setting, value }) => settingOf(before, setting) !== value,
  );
}

/** The policy for whoever has to see or change it. */
function policyView({ policy, path, sources, setBy, problems }: LoadedPolicy): PolicyView {
  const variables = Object.fromEntries(POLICY_SETTINGS.map(({ pointer, variable }) => [pointer, variable]));
  return {
    policy,
    path,
    sources: Object.fromEntries(sources),
    variables,
    setBy: Object.fromEntries(setBy),
    problems,
  };
}
