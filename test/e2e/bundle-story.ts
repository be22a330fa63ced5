import { execFile } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { expect } from 'vitest';
import type { BundlePreview } from '../../src/events/bundle.ts';
import type { CauseReport } from '../../src/events/diagnosis/report.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import type { Client } from '../../src/main/client.ts';
import { environmentOf } from './client.ts';

const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');

/** A support bundle as a file, and what any tool that reads ZIP finds in it. */
export class BundleStory {
  readonly file: string;
  private readonly parts: Readonly<Record<string, Uint8Array>>;
  private readonly folder: string;

  /** @param folder a fresh one: the file is put there, and nothing else is known to whoever opens it */
  constructor(bytes: Uint8Array, folder: string) {
    this.folder = folder;
    this.file = join(folder, 'story.qtape');
    writeFileSync(this.file, bytes);
    this.parts = unzipSync(bytes);
  }

  /** Asks a running program for a bundle of all that it has; its preview is held against the file. */
  static async from(client: Client, folder: string): Promise<BundleStory> {
    const preview = (await (await client.post('/api/bundles', {})).json()) as BundlePreview;
    const answer = await client.get(`/api/bundles/${preview.bundleId}`);
    const story = new BundleStory(new Uint8Array(await answer.arrayBuffer()), folder);
    story.is(preview);
    return story;
  }

  private get size(): number {
    return statSync(this.file).size;
  }

  /** The lines of the log in it. */
  get log(): unknown[] {
    return this.lines('log.jsonl');
  }

  /** The records of the tape in it. */
  get records(): Envelope[] {
    const segments = Object.keys(this.parts).filter((name) => name.startsWith('tape/'));
    return segments
      .sort()
      .flatMap((name) => this.lines<Envelope & { crc?: string }>(name))
      .filter(({ seq, event }) => seq !== undefined && event !== undefined)
      .map(({ crc, ...envelope }) => envelope);
  }

  /** Everything in it, as text. */
  get text(): string {
    return Object.values(this.parts)
      .map((bytes) => Buffer.from(bytes).toString('utf8'))
      .join('\n');
  }

  /** Each line of the preview is what the file has: sentences, manifest, events and log. */
  is({ has, hasNot, manifest, events, log, bytes }: BundlePreview): void {
    expect(this.size).toBe(bytes);
    this.says(has, hasNot);
    const { parts, ...chosen } = manifest;
    const written = JSON.parse(this.part('manifest.json')) as BundlePreview['manifest'];
    expect(written).toMatchObject(chosen);
    expect(written.parts).toEqual(parts);
    const { records } = this;
    expect(records.length).toBe(manifest.records);
    expect(records.slice(0, events.length)).toEqual(events);
    expect(this.log.slice(-log.length)).toEqual(log);
  }

  /** Its summary has these lines and no other. */
  says(has: readonly string[], hasNot: readonly string[]): void {
    const lines = this.part('summary.txt').split('\n');
    const said = lines.filter((line) => line.startsWith('- ')).map((line) => line.slice(2));
    expect(said).toEqual([...has, ...hasNot]);
  }

  /** What the command line answers of it, alone: no data folder, no profile, no server. One object for each line. */
  async asked<T>(...words: string[]): Promise<T[]> {
    const args = [MAIN, 'replay', this.file, ...words, '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: environmentOf(this.folder) });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  }

  /** The causes that hold, by the command line. */
  async diagnosed(): Promise<Map<string, CauseReport>> {
    const reports = await this.asked<CauseReport>('diagnose');
    return new Map(reports.filter(({ answer }) => answer === 'yes').map((one) => [one.cause, one]));
  }

  private part(name: string): string {
    return Buffer.from(this.parts[name]!).toString('utf8');
  }

  private lines<T>(name: string): T[] {
    return this.part(name)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }
}
