import { once } from 'node:events';
import type { Envelope } from '../events/envelope.ts';
import { TRACE_FORMATS } from '../events/trace/trace-wish.ts';
import { createOwnFile } from '../store/own-files.ts';
import { assertTape } from '../store/tape/segment.ts';
import { readTape } from '../store/tape/tape.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { isAfter, isBefore, tapePlace } from './tape-place.ts';
import { writtenTrace } from './trace-writers.ts';
import { UsageError } from './usage-error.ts';
import { VERSION } from './version.ts';

/**
 * `querytape tape export --format perfetto|otlp`: the tape, or a span of it, for another tool, into `--output` or to stdout. It is
 * written as it is read, so that memory does not grow with the tape.
 */
export async function traceExportCommand(options: Options): Promise<number> {
  const format = TRACE_FORMATS.find((one) => one === options.format);
  if (!format) throw new UsageError('--format is one of qtape, perfetto, otlp.');
  for (const name of ['session', 'names', 'preview'] as const)
    if (options[name] !== undefined) throw new UsageError(`--${name} goes with --format qtape.`);
  const data = options['data-dir'] ?? defaultDataFolder();
  const { tape } = dataPaths(data);
  const pieces = writtenTrace(format, span(tape, options), VERSION);
  await assertTape(tape, data);
  if (options.output === undefined) {
    for await (const piece of pieces) await print(piece);
    return 0;
  }
  const file = await createOwnFile(options.output);
  const stream = file.createWriteStream();
  for await (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
  stream.end();
  await once(stream, 'close');
  if (options.json) await printJson({ file: options.output });
  else await print(`${options.output}\n`);
  return 0;
}

/** The records between `--from` and `--to`. */
async function* span(folder: string, options: Options): AsyncGenerator<readonly Envelope[]> {
  const from = options.from === undefined ? null : tapePlace('--from', options.from);
  const to = options.to === undefined ? null : tapePlace('--to', options.to);
  for await (const envelopes of readTape(folder)) {
    yield envelopes.filter((one) => !(from && isBefore(one, from)) && !(to && isAfter(one, to)));
    if (to && envelopes.some((one) => 'seq' in to && isAfter(one, to))) return;
  }
}
