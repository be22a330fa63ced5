import { reportOnlyWhere } from './fatal-errors.ts';
import { fileErrorSentence } from './file-error.ts';
import { HELP, helpOn } from './help.ts';
import { parse } from './options.ts';
import { OutputClosedError, print, say, watchOutput, written } from './output.ts';
import { UsageError } from './usage-error.ts';
import { VERSION } from './version.ts';

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
      return (await import('./serve.ts')).serveCommand(options);
    case 'run':
      return (await import('./run.ts')).runCommand(options, words[0]!);
    case 'classify':
      return (await import('./classify.ts')).classifyCommand(options);
    case 'tape verify':
      return (await import('./tape.ts')).verifyCommand(options);
    case 'tape tail':
      return (await import('./tape.ts')).tailCommand(options);
    case 'tape export':
      return (options.format ?? 'qtape') === 'qtape'
        ? (await import('./export.ts')).exportCommand(options)
        : (await import('./tape-trace.ts')).traceExportCommand(options);
    case 'history':
      return (await import('./history.ts')).historyCommand(options);
    case 'history purge':
      return (await import('./history.ts')).purgeCommand(options);
    case 'logs':
      return (await import('./logs.ts')).logsCommand(options);
    case 'orphans':
      return (await import('./orphans.ts')).orphansCommand(options);
    case 'blockers':
      return (await import('./blockers.ts')).blockersCommand(options, words[0]);
    case 'replay':
      return (await import('./replay.ts')).replayCommand(options, words[0]!, words[1], words[2]);
    default:
      return (await import('./doctor.ts')).doctorCommand(options);
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
