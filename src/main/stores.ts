import { Config } from '../store/config.ts';
import type { PolicyFile } from '../store/policy.ts';
import { ProfileSources } from '../store/profile-sources.ts';
import { Profiles } from '../store/profiles.ts';
import { openSealedTexts, type SealedTexts } from '../store/sealed-texts.ts';
import { Vault } from '../store/vault/vault.ts';
import type { Ending } from './ending.ts';
import { newId } from './new-id.ts';

/** What a data folder has beside the tape, open. */
interface Stores extends Pick<SealedTexts, 'history' | 'drafts'> {
  readonly vault: Vault;
  /** Profiles of this run alone. */
  readonly passing: Profiles;
  /** Those and the vault's. */
  readonly profiles: ProfileSources;
  readonly config: Config;
}

/**
 * Opens the vault, the history and the drafts of a data folder, and reports what is wrong with the policy.
 *
 * @param say takes what is said to the user at the terminal
 * @throws the disk's error
 */
export async function openStores({
  folder,
  policy,
  ending,
  say,
}: {
  readonly folder: string;
  readonly policy: PolicyFile;
  readonly ending: Ending;
  readonly say: (line: string) => void;
}): Promise<Stores> {
  const vault = await Vault.open({ folder });
  ending.add('vault', () => vault.lock());
  const ofPolicy = () => policy.loaded.policy;
  const texts = await openSealedTexts({ folder, vault, policy: ofPolicy, now: Date.now });
  ending.add('texts', () => texts.close());
  const { history, drafts } = texts;
  const passing = new Profiles();
  const profiles = new ProfileSources(passing, vault);
  const config = new Config({ vault, policy, now: Date.now, newId });
  for (const { pointer, variable, line, message } of policy.loaded.problems) {
    const place = variable ?? `${policy.path}${line === undefined ? '' : `:${line}`} ${pointer}`;
    say(`${place}: ${message} The strictest policy holds until it is mended.`);
  }
  return { vault, history, drafts, passing, profiles, config };
}
