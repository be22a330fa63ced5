#!/usr/bin/env node
import module from 'node:module';
import { reportOnlyWhere } from './main/fatal-errors.ts';
import { fileErrorSentence } from './main/file-error.ts';
import { HELP, helpOn } from './main/help.ts';
import { parse } from './main/options.ts';
import { OutputClosedError, print, say, watchOutput, written } from './main/output.ts';
import { UsageError } from './main/usage-error.ts';
import { VERSION } from './main/version.ts';

// From Node 22 on the compiled program is kept between starts; before, there is nothing to call.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();

/** The help on the command that a command line names; empty where it names none. */
function helpFor(args: readonly string[]): string {
  return args.map(helpOn).find((part) => part !== '') ?? '';
}

/** Runs one command line. Resolves with the exit code. */
async function main(args: string[]): Promise<number> {
  const { command, options, words } = parse(args);
  if (options.help || options.version) {
    await print(options.help ? helpFor(args) || HELP : `${VERSION}\n`);
    return 0;
  }
  switch (command) {
    case 'serve':
      return (await import('./main/serve.ts')).serveCommand(options);
    case 'run':
      return (await import('./main/run.ts')).runCommand(options, words[0]!);
    case 'classify':
      return (await import('./main/classify.ts')).classifyCommand(options);
    case 'tape verify':
      return (await import('./main/tape.ts')).verifyCommand(options);
    case 'tape tail':
      return (await import('./main/tape.ts')).tailCommand(options);
    case 'tape export':
      return (options.format ?? 'qtape') === 'qtape'
        ? (await import('./main/export.ts')).exportCommand(options)
        : (await import('./main/tape-trace.ts')).traceExportCommand(options);
    case 'history':
      return (await import('./main/history.ts')).historyCommand(options);
    case 'history purge':
      return (await import('./main/history.ts')).purgeCommand(options);
    case 'logs':
      return (await import('./main/logs.ts')).logsCommand(options);
    case 'orphans':
      return (await import('./main/orphans.ts')).orphansCommand(options);
    case 'blockers':
      return (await import('./main/blockers.ts')).blockersCommand(options, words[0]);
    case 'replay':
      return (await import('./main/replay.ts')).replayCommand(options, words[0]!, words[1], words[2]);
    default:
      return (await import('./main/doctor.ts')).doctorCommand(options);
  }
}

/** A question to the platform's keychain that hangs can't be called back, and must not keep the process. */
const LINGER_MS = 2000;

function end(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

reportOnlyWhere();
watchOutput();
const args = process.argv.slice(2);
const ended = main(args).then(async (code) => {
  await written();
  end(code);
});
ended.catch((error: unknown) => {
  // Whoever read it has what was wanted.
  if (error instanceof OutputClosedError) return end(0);
  const usage = error instanceof UsageError;
  if (!usage) say(fileErrorSentence(error));
  else say(`${error.message}\n\n${(helpFor(args) || '  querytape --help lists the commands.').trimEnd()}`);
  end(usage ? 2 : 1);
});
