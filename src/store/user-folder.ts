import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The user's home folder. Where `$HOME` is empty or relative, which would lead elsewhere from each folder, the system's record of it. */
export function homeFolder(named = homedir()): string {
  return isAbsolute(named) ? named : userInfo().homedir;
}

/**
 * A folder that a variable names, else one below the home folder. A variable that is empty or relative counts as not set (XDG Base
 * Directory Specification).
 */
export function userFolder(named: string | undefined, ...below: readonly string[]): string {
  return named !== undefined && isAbsolute(named) ? named : join(homeFolder(), ...below);
}
