import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine, splitCommandLine } from '../../../../src/ui/format/command-line.ts';

describe('a command line', () => {
  it.each([
    [
      'kubectl  port-forward\tsvc/db {localPort}:{port}',
      ['kubectl', 'port-forward', 'svc/db', '{localPort}:{port}'],
    ],
    [`aws '{"host":["{host}"]}'`, ['aws', '{"host":["{host}"]}']],
    ['a "b c" d\\ e', ['a', 'b c', 'd e']],
    ['a "say \\"x\\" \\$HOME \\n"', ['a', 'say "x" $HOME \\n']],
    [`a b'c'"d"`, ['a', 'bcd']],
    [`a '|' "&&" \\;`, ['a', '|', '&&', ';']],
    ['$HOME/x $(id)', ['$HOME/x', '$(id)']],
    ['', []],
  ])('%s is split as a shell quotes it, and nothing of it is expanded', (line, argv) => {
    expect(splitCommandLine(line)).toEqual({ argv });
  });

  it.each([
    ["a 'b", 'no end'],
    ['a "b\\"', 'no end'],
    ['a \\', 'backslash'],
    ["a ''", 'empty'],
    ['a | b', '| does nothing'],
    ['a &', '& does nothing'],
    ['a && b', '&& does nothing'],
    ['a 2>&1', '2>&1 does nothing'],
    ['a > x', '> does nothing'],
  ])('%s is refused, with why', (line, words) => {
    expect(splitCommandLine(line)).toMatchObject({ wrong: expect.stringContaining(words) });
  });

  it('comes back from its arguments, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1 }), (argv) => {
        expect(splitCommandLine(commandLine(argv))).toEqual({ argv });
      }),
    );
  });
});
