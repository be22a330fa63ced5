import { once } from 'node:events';
import type { Envelope } from '../events/envelope.ts';
import { OTLP_BATCH_MAX } from '../events/limits.ts';
import { type OtlpSpan, otlpSpan, tracesRequest } from '../events/otlp/otlp-json.ts';
import { perfettoTrace } from '../events/trace/perfetto.ts';
import { SpanFold } from '../events/trace/span-fold.ts';
import { apply, emptyState } from '../events/views/state.ts';
import { createOwnFile } from '../store/own-files.ts';
import { assertTape } from '../store/tape/segment.ts';
import { readTape } from '../store/tape/tape.ts';
import type { Options } from './options.ts';
import { hashedId } from './otlp/otlp.ts';
import { print, printJson } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { isAfter, isBefore, tapePlace } from './tape-place.ts';
import { UsageError } from './usage-error.ts';
import { VERSION } from './version.ts';

type Records = AsyncIterable<readonly Envelope[]>;

const FORMATS: Readonly<Record<string, (records: Records) => AsyncGenerator<string>>> = {
  perfetto: perfettoTrace,
  otlp: otlpLines,
};

/**
 * `querytape tape export --format perfetto|otlp`: the tape, or a span of it, for another tool, into `--output` or to stdout. It is
 * written as it is read, so that memory does not grow with the tape.
 */
export async function traceExportCommand(options: Options): Promise<number> {
  const writer = Object.hasOwn(FORMATS, options.format!) ? FORMATS[options.format!] : undefined;
  if (!writer) throw new UsageError('--format is one of qtape, perfetto, otlp.');
  for (const name of ['session', 'names', 'preview'] as const)
    if (options[name] !== undefined) throw new UsageError(`--${name} goes with --format qtape.`);
  const data = options['data-dir'] ?? defaultDataFolder();
  const { tape } = dataPaths(data);
  const pieces = writer(span(tape, options));
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

/** Requests of OTLP, one per line, as a collector's file receiver reads them. */
export async function* otlpLines(records: Records): AsyncGenerator<string> {
  const fold = new SpanFold();
  const resource = { 'service.name': 'querytape', 'service.version': VERSION };
  let state = emptyState();
  const spans: OtlpSpan[] = [];
  let lastAt = 0;
  const request = (): string => `${JSON.stringify(tracesRequest(resource, VERSION, spans.splice(0)))}\n`;
  for await (const envelopes of records) {
    for (const envelope of envelopes) {
      state = apply(state, envelope);
      lastAt = envelope.at;
      for (const one of fold.add(envelope, state)) spans.push(otlpSpan(one, hashedId));
      if (spans.length >= OTLP_BATCH_MAX) yield request();
    }
  }
  for (const one of fold.rest(lastAt, state)) spans.push(otlpSpan(one, hashedId));
  if (spans.length > 0) yield request();
}
