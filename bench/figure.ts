import { readFileSync } from 'node:fs';

/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value may be at most this, and a rate (`/s`) is at least this; null where there is no aim. */
  readonly aim: number | null;
  /** How it was measured, in a few words. */
  readonly how: string;
}

/** Whether a figure misses its aim. */
export function isMissed({ value, unit, aim }: Figure): boolean {
  if (aim === null) return false;
  return unit === '/s' ? value < aim : value > aim;
}

/** Something that is measured. `only` picks it by its name. */
export interface Bench {
  readonly name: string;
  run(): Promise<Figure[]>;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

/** Seconds of processor time of this process. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}

/** Milliseconds that a process's main thread has run, by the kernel's scheduler. */
export function mainThreadMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
