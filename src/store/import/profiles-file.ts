import type { Profile } from '../../events/profile.ts';
import { checkDraft } from '../../events/profile-check.ts';
import type { Candidate, Imported } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { protectionNotes } from './protection.ts';
import { isRecord, jsonOf } from './record.ts';
import { disarmed, tunnelNotes } from './tunnel.ts';

/** The version of the file that this program writes. */
const FORMAT = 1;

/**
 * Profiles as a file for another machine or another user. Holds no secret and no id. `at`: milliseconds since
 * 1970 UTC.
 */
export function exportProfiles(profiles: readonly Profile[], at: number): string {
  const drafts = profiles.map(({ profileId: _, tunnel, ...draft }) => ({
    ...draft,
    ...(tunnel ? { tunnel: disarmed(tunnel) } : {}),
  }));
  const file = { querytapeProfiles: FORMAT, exportedAt: new Date(at).toISOString(), profiles: drafts };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads what `exportProfiles` wrote, also after it was edited by hand. */
export function importProfiles(text: string): Imported {
  const file = jsonOf(text);
  if (!isRecord(file) || !Array.isArray(file.profiles) || typeof file.querytapeProfiles !== 'number')
    return {
      candidates: [],
      notTaken: [{ what: 'file', code: 'profiles.syntax', why: 'It is no export of profiles.' }],
    };
  if (file.querytapeProfiles > FORMAT)
    return {
      candidates: [],
      notTaken: [{ what: 'file', code: 'profiles.newer', why: 'A newer Querytape wrote it.' }],
    };
  const candidates: Candidate[] = [];
  const notTaken: NotTaken[] = [];
  for (const [i, one] of file.profiles.entries()) {
    const origin = isRecord(one) && typeof one.name === 'string' ? one.name : `profile ${i + 1}`;
    const checked = checkDraft(one);
    if ('draft' in checked) {
      const { tunnel, ...rest } = checked.draft;
      const draft = tunnel ? { ...rest, tunnel: disarmed(tunnel) } : rest;
      const notes = [...protectionNotes(draft.target), ...tunnelNotes(tunnel)];
      candidates.push({ origin, draft, secrets: {}, notTaken: notes });
    } else
      for (const { field, code, message } of checked.errors)
        notTaken.push({ what: field === '' ? origin : `${origin}: ${field}`, code, why: message });
  }
  return { candidates, notTaken };
}
