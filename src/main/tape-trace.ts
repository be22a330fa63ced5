import { writeFile } from 'node:fs/promises';
import type { Envelope } from '../events/envelope.ts';
import { TRACE_FORMATS } from '../events/trace/trace-wish.ts';
import { writeOutput } from '../store/bundle/output-file.ts';
import { assertTape } from '../store/tape/segment.ts';
import { readChecked } from './checked-tape.ts';
import type { Options } from './options.ts';
import { print, printJson, STANDARD_OUTPUT } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { isAfter, isWithin, type TapeSpan, tapeSpan } from './tape-place.ts';
import { writtenTrace } from './trace-writers.ts';
import { UsageError } from './usage-error.ts';
import { VERSION } from './version.ts';

/** `querytape tape export --format perfetto|otlp`: the tape, or a span of it, for another tool. */
export async function traceExportCommand(options: Options): Promise<number> {
  const write = traceOf(options, ['qtape']);
  for (const name of ['session', 'names', 'preview'] as const)
    if (options[name] !== undefined) throw new UsageError(`--${name} goes with --format qtape.`);
  const data = options['data-dir'] ?? defaultDataFolder();
  const { tape } = dataPaths(data);
  await assertTape(tape, data);
  return write(tape);
}

/**
 * What `--format`, `--from`, `--to` and `--output` ask for: writes a tape's folder for another tool, to stdout without `--output`
 * or with `-`. It is written as it is read, so that memory does not grow with the tape.
 *
 * @param others formats that the command takes beside these
 * @throws UsageError
 */
export function traceOf(
  options: Options,
  others: readonly string[] = [],
): (folder: string) => Promise<number> {
  const format = TRACE_FORMATS.find((one) => one === options.format);
  if (!format) throw new UsageError(`--format is one of ${[...others, ...TRACE_FORMATS].join(', ')}.`);
  const chosen = tapeSpan(options);
  return async (folder) => {
    const pieces = writtenTrace(format, span(folder, chosen), VERSION);
    if (options.output === undefined || options.output === STANDARD_OUTPUT) {
      for await (const piece of pieces) await print(piece);
      return 0;
    }
    await writeOutput(options.output, (file) => writeFile(file, pieces));
    if (options.json) await printJson({ file: options.output });
    else await print(`${options.output}\n`);
    return 0;
  };
}

/** The records between two places. */
async function* span(folder: string, chosen: TapeSpan): AsyncGenerator<readonly Envelope[]> {
  const { to } = chosen;
  for await (const envelopes of readChecked(folder)) {
    yield envelopes.filter((one) => isWithin(one, chosen));
    if (to && envelopes.some((one) => 'seq' in to && isAfter(one, to))) return;
  }
}
