import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { SSH_CONFIG_FILES_MAX } from '../../limits.ts';

/** The user's own files of configuration, in the order in which ssh reads them. */
export function userConfigFiles(): readonly string[] {
  const system =
    process.platform === 'win32'
      ? join(process.env.PROGRAMDATA ?? 'C:\\ProgramData', 'ssh', 'ssh_config')
      : '/etc/ssh/ssh_config';
  return [join(homedir(), '.ssh', 'config'), system].filter((file) => existsSync(file));
}

/** A line of a file of configuration. */
export interface ConfigLine {
  readonly text: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** It includes files that are not read. */
  readonly isUnread: boolean;
}

/**
 * The lines of files of configuration, and then those of the files that they include (ssh_config(5), `Include`), with wildcards in a
 * file's name. Not read are names that ssh expands in ways that are not known here, and more than `SSH_CONFIG_FILES_MAX` files.
 */
export async function* configLines(files: readonly string[]): AsyncGenerator<ConfigLine> {
  const known = new Set(files);
  // A set gives what is added to it while it is gone through.
  for (const file of known) {
    const whole = await readFile(file, 'utf8').catch(() => '');
    for (const [index, text] of whole.split('\n').entries()) {
      const included = await includedBy(text, file);
      const isUnread = included === null || new Set([...known, ...included]).size > SSH_CONFIG_FILES_MAX;
      for (const one of isUnread ? [] : included) known.add(one);
      yield { text, file, line: index + 1, isUnread };
    }
  }
}

/** The files that a line includes; null where that is not known. */
async function includedBy(text: string, file: string): Promise<readonly string[] | null> {
  const names = /^\s*"?include"?[\s=]+(.+)$/i.exec(text)?.[1];
  if (names === undefined) return [];
  // As little is one too many.
  if (/[$%[]|[*?].*\//.test(names)) return null;
  const words = names.match(/"[^"]*"|\S+/g) ?? [];
  return (await Promise.all(words.map((word) => includedFiles(word, file)))).flat();
}

/** The files that a word of `Include` names. A relative path is one below ~/.ssh, or below /etc/ssh in the system's file. */
async function includedFiles(word: string, from: string): Promise<string[]> {
  const path = word.replace(/^"(.*)"$/, '$1').replace(/^~(?=\/)/, homedir());
  const whole = isAbsolute(path)
    ? path
    : join(from.startsWith('/etc/') ? '/etc/ssh' : join(homedir(), '.ssh'), path);
  if (!/[*?]/.test(basename(whole))) return [whole];
  const pattern = new RegExp(
    `^${basename(whole)
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  const names = await readdir(dirname(whole)).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => join(dirname(whole), name));
}
