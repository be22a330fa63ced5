#!/usr/bin/env node
import module from 'node:module';
import { sayOnlyWhere } from './main/crash.ts';
import { parse } from './main/options.ts';
import { UsageError } from './main/usage-error.ts';
import { VERSION } from './main/version.ts';

const HELP = `querytape ${VERSION}: a database client with a flight recorder

  querytape [serve]  --port 4477|0  --data-dir DIR  --demo  --no-open  --json
                     --allow-unsaved-profiles
      Serves the page on 127.0.0.1 and prints {"url": …} once ready. Ctrl-C ends it in order.
  querytape run      --profile NAME  [--timeout MS] [--limit N] [--format table|csv|json|ndjson]  [--go-on]  STATEMENT|-
      Runs one script through the same actors and tape. It stops at the first error, or with --go-on runs the rest.
      Ctrl-C cancels what runs.
  querytape classify --engine postgres|mysql|mariadb|mongodb
      Reads statements from stdin as {"sql": …, "sqlMode"?} lines and says of each what it does.
  querytape tape     verify|tail|export  [--from SEQ]  [--data-dir DIR]  [--output FILE]
      Checks every CRC and the chain; follows; writes a bundle.
  querytape history  [purge]  [--search WORDS] [--profile NAME] [--limit N]  [--json]
      Lists the statements that were run, newest first, or deletes them all.
  querytape replay   BUNDLE|DIR  [--until SEQ]  [--json]
      Folds it through the machines and says whether every recorded state was reached.
  querytape doctor   What works here.

  Exit: 0 success, 1 what was checked does not hold, 2 wrong usage.
`;

// From Node 22 on the compiled program is kept between starts; before, there is nothing to call.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();

/** Runs one command line. Resolves with the exit code. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) return print(HELP);
  if (values.version) return print(`${VERSION}\n`);
  const [command = 'serve', ...rest] = positionals;
  switch (command) {
    case 'serve':
      return (await import('./main/serve.ts')).serveCommand(values);
    case 'run':
      return (await import('./main/run.ts')).runCommand(values, rest);
    case 'classify':
      return (await import('./main/classify.ts')).classifyCommand(values, rest);
    case 'tape':
      return (await import('./main/tape.ts')).tapeCommand(values, rest);
    case 'history':
      return (await import('./main/history.ts')).historyCommand(values, rest);
    case 'replay':
      return (await import('./main/replay.ts')).replayCommand(values, rest);
    case 'doctor':
      return (await import('./main/doctor.ts')).doctorCommand(values);
    default:
      throw new UsageError(`There is no command ${command}.`);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** A question to the platform's keychain that hangs can't be called back, and must not keep the process. */
const LINGER_MS = 2000;

function end(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

sayOnlyWhere();
main(process.argv.slice(2)).then(end, (error: unknown) => {
  const usage = error instanceof UsageError;
  process.stderr.write(`${(error as Error).message ?? error}\n${usage ? `\n${HELP}` : ''}`);
  end(usage ? 2 : 1);
});
