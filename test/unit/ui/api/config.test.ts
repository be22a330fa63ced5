import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../../src/events/profile.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import { profilesToShow } from '../../../../src/ui/api/config.ts';
import { foldersOf } from '../../../../src/ui/catalogue/folders.ts';

describe('the connections to show', () => {
  const profile = (profileId: string, folder?: string) =>
    ({ profileId, name: profileId, ...(folder ? { folder } : {}) }) as Profile;
  const session = (profileId: string, state: string) =>
    ({ sessionId: profileId, profileId, state }) as SessionView;

  it('are those that are listed, and those that a locked vault leaves open', () => {
    const before = [profile('closed'), profile('living'), profile('listed')];
    const sessions = { a: session('living', 'ready'), b: session('closed', 'offline') };
    const listed = [{ profile: profile('listed'), secrets: [], kept: 'memory' } as const];
    const shown = profilesToShow(listed, before, sessions);
    expect(shown.map(({ profileId }) => profileId)).toEqual(['listed', 'living']);
  });

  it('stand in their folders, those in none first', () => {
    const folders = foldersOf([
      profile('a', 'Shop/Berlin'),
      profile('b'),
      profile('c', 'Archive'),
      profile('d', 'Shop/Berlin'),
    ]);
    expect(
      folders.map(({ name, profiles }) => [name, profiles.map(({ profileId }) => profileId).join()]),
    ).toEqual([
      ['', 'b'],
      ['Archive', 'c'],
      ['Shop/Berlin', 'a,d'],
    ]);
  });
});
