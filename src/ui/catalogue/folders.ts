import type { Profile } from '../../events/profile.ts';

/** Connections that stand together; the name is empty for those in no folder. */
export interface Folder {
  readonly name: string;
  readonly profiles: readonly Profile[];
}

/** The profiles by folder: those in none first, then the folders by name. Inside they stay in their order. */
export function foldersOf(profiles: readonly Profile[]): readonly Folder[] {
  const folders = new Map<string, Profile[]>();
  for (const profile of profiles) {
    const name = profile.folder ?? '';
    const inside = folders.get(name);
    if (inside) inside.push(profile);
    else folders.set(name, [profile]);
  }
  return [...folders]
    .map(([name, inside]) => ({ name, profiles: inside }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
