import type { ConfigCommand, ImportedProfiles, StoreCommand } from '../events/command.ts';
import type { PolicyView, VaultView } from '../events/config.ts';
import { effective } from '../events/policy.ts';
import type { Profile, ProfileDraft } from '../events/profile.ts';
import { checkDraft } from '../events/profile-check.ts';
import { Secret } from '../events/secret.ts';
import type { ConfigFact } from '../events/workspace.ts';
import { ConfigError, invalidProfile } from './config-error.ts';
import type { Candidate } from './import/candidate.ts';
import { exportProfiles } from './import/profiles-file.ts';
import { PendingImports } from './pending-imports.ts';
import type { PolicyFile } from './policy.ts';
import { PolicyConfig } from './policy-config.ts';
import { assertSameServer } from './same-server.ts';
import { checkTlsFiles } from './tls-files.ts';
import type { ProtectionChoice, SecretChanges, Vault } from './vault/vault.ts';

type ProfileCommand = Extract<ConfigCommand, { type: 'profile.save' | 'profile.test' }>;

/** What came of a command. */
interface ConfigAnswer {
  readonly profileId?: string;
  readonly imported?: ImportedProfiles;
  readonly saved?: number;
}

interface ConfigOptions {
  readonly vault: Vault;
  readonly policy: PolicyFile;
  readonly newId: (kind: 'profile' | 'import') => string;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Persistent configuration, behind its commands: the vault, its profiles, the policy. */
export class Config {
  readonly #vault: Vault;
  readonly #policy: PolicyConfig;
  readonly #newId: ConfigOptions['newId'];
  readonly #now: () => number;
  readonly #imports: PendingImports;
  #tell: (fact: ConfigFact) => void = () => undefined;
  #wasUnlocked = false;
  #keychainAvailable = false;
  /** Why the vault is about to lock; null where this process did not request it. */
  #locking: 'user' | 'idle' | null = null;

  constructor({ vault, policy, newId, now }: ConfigOptions) {
    this.#vault = vault;
    this.#policy = new PolicyConfig(policy);
    this.#newId = newId;
    this.#now = now;
    this.#imports = new PendingImports(() => newId('import'), now);
    vault.subscribe(() => this.#vaultChanged());
  }

  /** Takes the facts, as they happen: first which policy holds, where it is not the default. */
  onFact(tell: (fact: ConfigFact) => void): void {
    this.#tell = tell;
    this.#policy.onFact(tell);
  }

  /** @throws ConfigError, VaultError or PolicyError, each with a `code` and a message for the user */
  async take(command: StoreCommand): Promise<ConfigAnswer> {
    switch (command.type) {
      case 'vault.create':
        await this.#with(command.protection, (choice) => this.#vault.create(choice));
        this.#tell({ type: 'vault.created', protection: this.#vault.protection! });
        return {};
      case 'vault.unlock':
        await this.#withSecret(command.passphrase, (passphrase) => this.#vault.unlock(passphrase));
        return {};
      case 'vault.lock':
        this.lock('user');
        return {};
      case 'vault.protect':
        await this.#withSecret(command.current, (current) =>
          this.#with(command.protection, (choice) => this.#vault.changeProtection(choice, current)),
        );
        this.#tell({ type: 'vault.protectionChanged', protection: this.#vault.protection! });
        return {};
      case 'vault.restoreBackup':
        await this.#vault.restoreBackup();
        this.#tell({ type: 'vault.backupRestored' });
        return {};
      case 'vault.setAside':
        await this.#vault.setAside(command.unopenable);
        this.#tell({ type: 'vault.setAside' });
        return {};
      case 'profile.save':
        return this.#save(command);
      case 'profile.saveImported':
        return this.#saveImported(command.importIds);
      case 'profile.duplicate': {
        const profileId = this.#newId('profile');
        await this.#vault.duplicate(command.profileId, profileId);
        this.#tellSaved(this.#vault.get(profileId));
        return { profileId };
      }
      case 'profile.delete':
        await this.#vault.delete(command.profileId);
        this.#tell({ type: 'profile.deleted', profileId: command.profileId });
        return { profileId: command.profileId };
      case 'profile.import':
        return { imported: await this.#imports.read(command, (draft) => this.#readOnlyByDefault(draft)) };
      case 'policy.save':
        await this.#policy.save(command.policy);
        return {};
    }
  }

  /** Forgets every secret, those of imports while the vault is locked already too. */
  lock(reason: 'user' | 'idle'): void {
    this.#imports.clear();
    this.#locking = reason;
    this.#vault.lock();
    this.#locking = null;
  }

  /** Forgets abandoned imports. */
  sweep(): void {
    this.#imports.sweep();
  }

  /** What a draft is as a profile, with the secrets that it would be connected by, by their names. The caller wipes them. */
  async candidate(
    command: ProfileCommand,
  ): Promise<{ profile: Profile; secrets: ReadonlyMap<string, Secret> }> {
    const { draft, secrets: given } = await this.#checked(command);
    const profileId = command.profileId ?? 'candidate';
    const secrets = new Map<string, Secret>();
    for (const name of this.#vault.secretNames(profileId)) {
      const stored = Object.hasOwn(given, name) ? undefined : this.#vault.secret(profileId, name);
      if (stored) secrets.set(name, stored);
    }
    for (const [name, secret] of Object.entries(given)) if (secret) secrets.set(name, secret);
    return { profile: { profileId, ...draft }, secrets };
  }

  /**
   * Opens a vault that the platform's keychain unlocks, without a prompt. The vault's state reports a
   * failure.
   */
  async openByKeychain(): Promise<void> {
    if (this.#vault.state === 'locked' && this.#vault.protection === 'keychain')
      await this.#vault.unlock().catch(() => undefined);
  }

  /** Finds out whether there is a keychain that a vault could be made under. */
  async lookForKeychain(): Promise<void> {
    this.#keychainAvailable = await this.#vault.keychainWorks();
  }

  /** How the vault stands. */
  vaultView(): VaultView {
    const { state, protection, backup, problem } = this.#vault;
    return {
      state,
      protection,
      keychainAvailable: this.#keychainAvailable,
      problem: problem && { code: problem.code, message: problem.message },
      backup,
    };
  }

  get policy(): PolicyView {
    return this.#policy.view;
  }

  /** The profiles as a file without ids and secrets. */
  exported(): string {
    return exportProfiles(this.#vault.list(), this.#now());
  }

  async #save(command: ProfileCommand): Promise<ConfigAnswer> {
    const { draft, secrets } = await this.#checked(command);
    try {
      const profileId = command.profileId ?? this.#newId('profile');
      if (command.profileId !== undefined && this.#vault.state === 'unlocked' && !this.#vault.get(profileId))
        throw new ConfigError(
          'profile.unknown',
          'The vault has no such profile any more. Save it as a new one.',
        );
      await this.#vault.save({ profileId, ...draft }, secrets);
      if (command.importId !== undefined) this.#imports.drop(command.importId);
      this.#tellSaved(this.#vault.get(profileId));
      return { profileId };
    } finally {
      wipe(secrets);
    }
  }

  async #saveImported(importIds: readonly string[]): Promise<ConfigAnswer> {
    const entries = importIds.map((importId) => {
      const { draft, secrets } = this.#imports.get(importId);
      return { profile: { profileId: this.#newId('profile'), ...draft }, secrets: copied(secrets) };
    });
    try {
      await this.#vault.saveAll(entries);
    } finally {
      for (const { secrets } of entries) wipe(secrets);
    }
    for (const importId of importIds) this.#imports.drop(importId);
    for (const { profile } of entries) this.#tellSaved(this.#vault.get(profile.profileId));
    return { saved: entries.length };
  }

  /** A profile as it was typed, whole and with files that can be read, and the secrets that go with it. */
  async #checked(command: ProfileCommand): Promise<{ draft: ProfileDraft; secrets: SecretChanges }> {
    const checked = checkDraft(command.draft);
    if ('errors' in checked) throw invalidProfile(checked.errors);
    const { draft } = checked;
    const errors = await checkTlsFiles(draft.target.tls);
    if (errors.length > 0) throw invalidProfile(errors);
    const { profileId, importId, secrets: typed = {} } = command;
    const imported = importId === undefined ? undefined : this.#imports.get(importId);
    const importedNames = Object.keys(imported?.secrets ?? {}).filter((name) => !Object.hasOwn(typed, name));
    const kept = profileId === undefined ? undefined : this.#vault.get(profileId);
    const keptNames = kept
      ? this.#vault
          .secretNames(kept.profileId)
          .filter((name) => !Object.hasOwn(typed, name) && !importedNames.includes(name))
      : [];
    assertSameServer(imported?.draft, draft, importedNames);
    assertSameServer(kept, draft, keptNames);
    const secrets: Record<string, Secret | null> = {};
    for (const name of importedNames) secrets[name] = imported!.secrets[name]!.copy();
    for (const [name, word] of Object.entries(typed)) secrets[name] = word === null ? null : new Secret(word);
    const said = (command.draft as { readOnly?: unknown }).readOnly !== undefined;
    return { draft: said ? draft : this.#readOnlyByDefault(draft), secrets };
  }

  #readOnlyByDefault(draft: ProfileDraft): ProfileDraft {
    const { readOnlyByDefault } = effective(this.#policy.current, draft.environment);
    return { ...draft, readOnly: draft.readOnly || readOnlyByDefault };
  }

  #vaultChanged(): void {
    const unlocked = this.#vault.state === 'unlocked';
    if (unlocked === this.#wasUnlocked) return;
    this.#wasUnlocked = unlocked;
    if (unlocked) this.#tell({ type: 'vault.unlocked', protection: this.#vault.protection! });
    else {
      this.#imports.clear();
      this.#tell({ type: 'vault.locked', reason: this.#locking ?? 'changed' });
    }
  }

  #tellSaved(profile: Profile | undefined): void {
    if (!profile) return;
    const { profileId, target, environment, readOnly } = profile;
    this.#tell({ type: 'profile.saved', profileId, engine: target.engine, environment, readOnly });
  }

  /** A choice of protection whose passphrase is wiped afterwards. */
  async #with(
    choice: { readonly passphrase: string } | { readonly keychain: true },
    work: (choice: ProtectionChoice) => Promise<void>,
  ): Promise<void> {
    if ('keychain' in choice) await work(choice);
    else await this.#withSecret(choice.passphrase, (passphrase) => work({ passphrase: passphrase! }));
  }

  async #withSecret(
    word: string | undefined,
    work: (secret: Secret | undefined) => Promise<void>,
  ): Promise<void> {
    const secret = word === undefined ? undefined : new Secret(word);
    try {
      await work(secret);
    } finally {
      secret?.wipe();
    }
  }
}

function wipe(secrets: SecretChanges): void {
  for (const secret of Object.values(secrets)) secret?.wipe();
}

/** Secrets of the caller's own, which outlive those they are copied from. */
function copied(secrets: Candidate['secrets']): Record<string, Secret> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.copy()]));
}
