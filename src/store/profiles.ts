import type { Profile, Target } from '../events/profile.ts';

/**
 * The profiles this process knows, with their secrets, in memory. Their word on environment and read-only is
 * the one that counts; a page can only name a profile.
 */
export class Profiles {
  private readonly entries = new Map<string, { profile: Profile; password: string | undefined }>();

  add(profile: Profile, password: string | undefined): void {
    this.entries.set(profile.profileId, { profile, password });
  }

  /** Keeps a target that no profile names, for this run only. */
  addUnsaved(name: string, target: Target, environment: Profile['environment'], password?: string): Profile {
    const profileId = `unsaved-${this.entries.size + 1}`;
    const profile = { profileId, name, target, environment, readOnly: false };
    this.add(profile, password);
    return profile;
  }

  list(): readonly Profile[] {
    return [...this.entries.values()].map(({ profile }) => profile);
  }

  get(profileId: string): Profile | undefined {
    return this.entries.get(profileId)?.profile;
  }

  /** Why there is no such profile, with what to do. */
  missing(profileId: string): { readonly code: string; readonly message: string } {
    return {
      code: 'profile.unknown',
      message: `There is no profile ${profileId}. Reload the page to see what there is.`,
    };
  }

  /** Other secrets than a password are the vault's. */
  secretText(): undefined {
    return undefined;
  }

  /** The password, for the one moment a driver asks for it. */
  password(profileId: string): string | undefined {
    return this.entries.get(profileId)?.password;
  }
}
