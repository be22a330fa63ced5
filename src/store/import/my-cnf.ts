import { mariadb, mysql } from '../../events/engines/mysql.ts';
import { type Candidate, candidateOf, type Found, type Imported, importedOf } from './candidate.ts';
import type { NotTaken } from './not-taken.ts';
import { takeParameters } from './parameters.ts';

/** The groups that a client reads, in the order in which later ones win (MySQL and MariaDB manuals). */
const BASE = /^(?:client|client-server|client-mariadb|mysql|mariadb|mariadb-client)$/;
/** `--defaults-group-suffix=_shop` makes clients read `[client_shop]`, too. Not the groups of other programs. */
const SUFFIXED =
  /^(?:client|mysql)[_-](?!(?:cluster|config_editor|install_db|plugin|secure_installation|upgrade)$)(.+)$/;
const MARIADB = /mariadb|client-server/;
/** Options that say nothing of where to connect, but for the three that do so together. */
const ELSEWHERE =
  /^(?:host|socket|protocol|prompt|pager|autorehash|noautorehash|disableautorehash|skipautorehash|defaultcharacterset|connecttimeout|maxallowedpacket|netbufferlength|pluginDir|safeupdates|table|verbose|silent|reconnect|quick|compress)$/i;

interface Option {
  readonly name: string;
  /** Null where there is no `=`. */
  readonly value: string | null;
}

/**
 * Reads `~/.my.cnf` (MySQL manual, "Using Option Files"; MariaDB manual, "Configuring MariaDB with Option
 * Files"): the client's groups as one candidate, and one for each group suffix on top of them. Included files
 * are not followed.
 */
export function importMyCnf(text: string): Imported {
  const notTaken: NotTaken[] = [];
  const groups = groupsOf(text, notTaken);
  const names = [...groups.keys()];
  const base = names.filter((name) => BASE.test(name));
  const suffixes = [
    ...new Set(names.map((name) => (BASE.test(name) ? null : SUFFIXED.exec(name)?.[1]))),
  ].filter((suffix) => suffix !== null && suffix !== undefined);
  const shared = base.flatMap((name) => groups.get(name)!);
  const made: (Candidate | readonly NotTaken[])[] = [];
  if (shared.length > 0) made.push(candidateOfOptions('[client]', undefined, base, shared));
  for (const suffix of suffixes) {
    const own = names.filter((name) => SUFFIXED.exec(name)?.[1] === suffix && !BASE.test(name));
    const options = [...shared, ...own.flatMap((name) => groups.get(name)!)];
    made.push(candidateOfOptions(`[${own[0]}]`, suffix, [...base, ...own], options));
  }
  return importedOf(made, notTaken);
}

function candidateOfOptions(
  origin: string,
  name: string | undefined,
  groups: readonly string[],
  options: readonly Option[],
): Candidate | readonly NotTaken[] {
  const engine = groups.some((group) => MARIADB.test(group)) ? mariadb.name : mysql.name;
  const found: Found = { engine, name, notTaken: [] };
  // Later lines win, as they do for the client; overridden lines are not reported.
  const last = new Map(options.map((option) => [foldedName(option.name), option]));
  for (const [key, option] of last) {
    if (key === 'password' && option.value === null) found.askPassword = true;
    else if (key === 'skipssl' || key === 'disablessl') found.tlsMode = 'disable';
    else if (!ELSEWHERE.test(key)) takeParameters(found, [[option.name, option.value ?? '']]);
  }
  // A socket counts where no host, or `localhost`, is named, unless TCP is (MySQL manual, "Connection Transport Protocols").
  const host = last.get('host')?.value || 'localhost';
  const isTcp = host !== 'localhost' || /^tcp$/i.test(last.get('protocol')?.value ?? '');
  found.host = (!isTcp && last.get('socket')?.value) || host;
  return candidateOf(origin, found);
}

function groupsOf(text: string, notTaken: NotTaken[]): Map<string, Option[]> {
  const groups = new Map<string, Option[]>();
  let options: Option[] | null = null;
  for (const [i, row] of text.split(/\r?\n/).entries()) {
    const content = row.trim();
    if (content === '' || /^[#;]/.test(content)) continue;
    const what = `line ${i + 1}`;
    const group = /^\[([^\]]+)\]/.exec(content)?.[1];
    const pair = /^([A-Za-z0-9_.-]+)\s*(?:=\s*(.*))?$/s.exec(withoutComment(content));
    if (/^!include(?:dir)?\b/.test(content))
      notTaken.push({
        what,
        code: 'myCnf.include',
        why: 'Included files are not read. Import them by themselves.',
      });
    else if (group !== undefined) {
      options = groups.get(group) ?? [];
      groups.set(group, options);
    } else if (pair === null || options === null)
      notTaken.push({ what, code: 'myCnf.syntax', why: 'It is no option in a [group].' });
    else {
      const value = pair[2] === undefined ? null : unquoted(pair[2]);
      // `loose-` says that an unknown option is no error.
      options.push({ name: pair[1]!.replace(/^loose[-_]/, ''), value });
    }
  }
  return groups;
}

/** A line up to the first `#` that is in no quotes, as the clients cut it (MariaDB: mysys/my_default.c, `remove_end_comment`). */
function withoutComment(line: string): string {
  let quote = '';
  let isEscaped = false;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]!;
    if (/["']/.test(letter) && !isEscaped) {
      if (quote === '') quote = letter;
      else if (quote === letter) quote = '';
    }
    if (quote === '' && letter === '#') return line.slice(0, at).trimEnd();
    isEscaped = quote !== '' && letter === '\\' && !isEscaped;
  }
  return line;
}

/** A value without the quotes around the whole of it; then the escapes \b \t \n \r \\ \s. */
function unquoted(text: string): string {
  const bare = /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
  const escapes: Readonly<Record<string, string>> = {
    b: '\b',
    t: '\t',
    n: '\n',
    r: '\r',
    s: ' ',
    '\\': '\\',
  };
  return bare.replaceAll(
    /\\([\s\S])/g,
    (whole, letter: string) => escapes[letter] ?? (/["']/.test(letter) ? letter : whole),
  );
}

function foldedName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}
