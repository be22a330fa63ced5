import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** Every option of every command. */
const OPTIONS = {
  port: { type: 'string' },
  'data-dir': { type: 'string' },
  demo: { type: 'boolean' },
  'no-open': { type: 'boolean' },
  'allow-unsaved-profiles': { type: 'boolean' },
  json: { type: 'boolean' },
  profile: { type: 'string' },
  timeout: { type: 'string' },
  limit: { type: 'string' },
  format: { type: 'string' },
  'go-on': { type: 'boolean' },
  from: { type: 'string' },
  until: { type: 'string' },
  output: { type: 'string' },
  engine: { type: 'string' },
  search: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** What the command line says, once understood. */
export type Options = ReturnType<typeof parse>['values'];

/** Reads a command line. @throws UsageError for an option that there is not */
export function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
