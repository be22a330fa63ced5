import { resolve } from 'node:path';
import { NAME_KINDS, type NameKind } from '../events/bundle.ts';
import { bundleSummary, previewWords } from '../events/bundle-summary.ts';
import type { Selection } from '../store/bundle/slice.ts';
import { type BundleContent, measureBundle, writeBundle } from '../store/bundle/write-bundle.ts';
import { assertTape } from '../store/tape/segment.ts';
import { bundleContent } from './bundle-content.ts';
import type { Options } from './options.ts';
import { print, printJson, STANDARD_OUTPUT, say } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { UsageError } from './usage-error.ts';

/** Events that a preview prints. */
const EVENTS_SHOWN = 20;

/** `querytape tape export`: writes a support bundle that `replay` opens, or with `--preview` prints what would be in it. */
export async function exportCommand(options: Options): Promise<number> {
  const data = options['data-dir'] ?? defaultDataFolder();
  const paths = dataPaths(data);
  const selection = selectionOf(options);
  const namesKept = namesOf(options.names);
  if (options.output === STANDARD_OUTPUT)
    throw new UsageError('A bundle is written to a file. --output - goes with --format perfetto or otlp.');
  await assertTape(paths.tape, data);
  const content = await bundleContent({ paths, selection, namesKept, profiles: null });
  return options.preview ? preview(content, options) : write(content, options);
}

async function write(content: BundleContent, { output, json }: Options): Promise<number> {
  const file = resolve(output ?? `querytape-${fileTime(content.createdAt)}.qtape`);
  const { manifest, bytes } = await writeBundle(file, content);
  const { fingerprint } = content.key;
  if (json) await printJson({ file, bytes, fingerprint, ...manifest, ok: manifest.source.ok });
  else await print(`${file}\n${bytes} bytes, signed by the key ${fingerprint}\n`);
  if (!manifest.source.ok) say('The tape is damaged; the bundle has what of it is whole. See tape verify.');
  return 0;
}

async function preview(content: BundleContent, { json }: Options): Promise<number> {
  const shown: unknown[] = [];
  const rewrite: BundleContent['rewrite'] = (envelope) => {
    const rewritten = content.rewrite(envelope);
    if (shown.length < EVENTS_SHOWN) shown.push(rewritten);
    return rewritten;
  };
  const { manifest, bytes } = await measureBundle({ ...content, rewrite });
  const { fingerprint } = content.key;
  if (json) {
    await printJson({ bytes, fingerprint, ...manifest, ok: manifest.source.ok });
  } else {
    const { has, hasNot } = bundleSummary(manifest);
    for (const line of [
      'It would have:',
      ...has.map(indented),
      'It would not have:',
      ...hasNot.map(indented),
    ])
      await print(`${line}\n`);
    await print(`${bytes} bytes, signed by the key ${fingerprint}. Nothing was written.\n`);
    await print(`${previewWords('events', shown.length, manifest.records)}, as they would be in it:\n`);
  }
  for (const envelope of shown) await printJson(envelope);
  return 0;
}

function indented(line: string): string {
  return `  ${line}`;
}

/** A time as it can be a part of a file's name. */
function fileTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll(':', '-');
}

function selectionOf({ from, to, session }: Options): Selection {
  const sessions = session?.split(',').filter((id) => id !== '');
  return {
    ...boundOf('from', from, 'fromSeq', 'fromAt'),
    ...boundOf('to', to, 'toSeq', 'toAt'),
    ...(sessions && { sessions }),
  };
}

/** A whole number is a seq; anything else is a time that `Date` reads, by this machine's time zone where it names none. */
function boundOf(
  name: string,
  text: string | undefined,
  seq: keyof Selection,
  at: keyof Selection,
): Selection {
  if (text === undefined) return {};
  if (/^\d{1,15}$/.test(text)) return { [seq]: Number(text) };
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return { [at]: time };
  throw new UsageError(`--${name} takes a record's number or a time such as 2026-02-03T14:03, not ${text}.`);
}

function namesOf(names = 'replace'): readonly NameKind[] {
  if (names === 'keep') return NAME_KINDS;
  if (names === 'replace') return [];
  const kinds = names.split(',');
  const kept = NAME_KINDS.filter((kind) => kinds.includes(kind));
  if (kept.length === kinds.length) return kept;
  throw new UsageError(`--names takes keep, replace or some of ${NAME_KINDS.join(',')}, not ${names}.`);
}
