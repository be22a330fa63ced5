import { stat } from 'node:fs/promises';

/** The accounts that people have (Debian policy, "UID and GID classes"; systemd, "Users, Groups, UIDs and GIDs"). */
const PEOPLE = { from: 1000, to: 60_000 } as const;

/**
 * Whether a Unix-domain socket was made by another user of this machine, who would then read what is sent to it. Root's,
 * a service's and our own are not; a file that can't be looked at is.
 */
export async function isAnotherPersons(file: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const found = await stat(file).catch(() => null);
  if (!found) return true;
  return found.uid >= PEOPLE.from && found.uid <= PEOPLE.to && found.uid !== process.getuid?.();
}
