import { Classifier } from '../drivers/classifier.ts';
import { ENGINES, type Engine } from '../events/engines/engine-name.ts';
import type { StatementFacts } from '../events/judgement.ts';
import type { Options } from './options.ts';
import { printJson } from './output.ts';
import { standardInput, textLines } from './standard-input.ts';
import { UsageError } from './usage-error.ts';

/** `querytape classify`: says what each statement of stdin does. Reaches no server. */
export async function classifyCommand(options: Options): Promise<number> {
  const engine = ENGINES.find((one) => one === options.engine);
  if (!engine) throw new UsageError(`classify needs --engine ${ENGINES.join('|')}.`);
  const classifier = new Classifier();
  classifier.start();
  let malformed = 0;
  try {
    for await (const line of textLines(standardInput())) {
      if (line?.trim() === '') continue;
      const asked = read(line);
      if ('error' in asked) malformed++;
      await printJson('error' in asked ? asked : await judge(classifier, engine, asked));
    }
  } finally {
    await classifier.close();
  }
  return malformed === 0 ? 0 : 1;
}

interface Asked {
  readonly sql: string;
  readonly facts: StatementFacts;
}

function read(line: string | null): Asked | { readonly error: string } {
  if (line === null) return { error: 'not UTF-8' };
  let asked: unknown;
  try {
    asked = JSON.parse(line);
  } catch {
    return { error: 'not JSON' };
  }
  if (typeof asked !== 'object' || asked === null) return { error: 'not an object' };
  const { sql, sqlMode } = asked as { sql?: unknown; sqlMode?: unknown };
  if (typeof sql !== 'string') return { error: 'sql is not a string' };
  if (sqlMode === undefined || sqlMode === null) return { sql, facts: {} };
  return typeof sqlMode === 'string' ? { sql, facts: { sqlMode } } : { error: 'sqlMode is not a string' };
}

async function judge(classifier: Classifier, engine: Engine, { sql, facts }: Asked): Promise<object> {
  const { verdict, dangers, reason, position, statements } = await classifier.classify(engine, sql, facts);
  return { verdict, dangers, reason, position, statements };
}
