/** A command line as its arguments, or what is wrong with it. */
type SplitLine = { readonly argv: readonly string[] } | { readonly wrong: string };

/** What only a shell would do something with. */
const OPERATORS = /^(?:[|&;<>]+|\d?[<>]&?\d?)$/;

/**
 * Splits a line as a shell quotes it (POSIX, "Shell Command Language", 2.2 Quoting), into arguments for a program that is started
 * without one: nothing is expanded, so what a shell would expand or act on has to be quoted.
 */
export function splitCommandLine(line: string): SplitLine {
  const argv: string[] = [];
  let argument: string | null = null;
  let quoted = false;
  const end = (): string | null => {
    const done = argument;
    argument = null;
    if (done === null) return null;
    if (!quoted && OPERATORS.test(done))
      return `No shell reads this command, so ${done} does nothing. Quote it if the program needs it.`;
    if (done === '') return 'An argument can’t be empty.';
    argv.push(done);
    quoted = false;
    return null;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (/\s/.test(character)) {
      const wrong = end();
      if (wrong !== null) return { wrong };
    } else if (character === "'" || character === '"') {
      quoted = true;
      const close = closing(line, at);
      if (close === -1) return { wrong: `The quotation that begins with ${character} has no end.` };
      const inside = line.slice(at + 1, close);
      argument = (argument ?? '') + (character === "'" ? inside : inside.replace(/\\(["\\$`])/g, '$1'));
      at = close;
    } else if (character === '\\') {
      if (at + 1 === line.length) return { wrong: 'A backslash at the end stands for nothing.' };
      quoted = true;
      argument = (argument ?? '') + line[++at]!;
    } else argument = (argument ?? '') + character;
  }
  const wrong = end();
  return wrong === null ? { argv } : { wrong };
}

/** Where the quotation that opens at `at` closes, or -1. */
function closing(line: string, at: number): number {
  const quote = line[at]!;
  for (let i = at + 1; i < line.length; i++) {
    if (quote === '"' && line[i] === '\\') i++;
    else if (line[i] === quote) return i;
  }
  return -1;
}

/** Arguments as a line that `splitCommandLine` splits into the same ones. */
export function commandLine(argv: readonly string[]): string {
  return argv
    .map((argument) => {
      if (/^[A-Za-z0-9_@%+=:,./{}-]+$/.test(argument)) return argument;
      return `'${argument.replaceAll("'", `'\\''`)}'`;
    })
    .join(' ');
}
