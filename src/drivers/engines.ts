import type { Engine } from '../events/engines/engine-name.ts';
import type { Classify, EngineParts } from './engine-parts.ts';
import { mongodbParts } from './mongodb/index.ts';
import { mariadbParts, mysqlParts } from './mysql/index.ts';
import { postgresParts } from './postgres/index.ts';

const PARTS = new Map(
  [postgresParts, mysqlParts, mariadbParts, mongodbParts].map((parts) => [parts.engine, parts]),
);

/** The driver and the classifier of an engine. @throws Error `engine.unknown` */
export function partsOf(engine: Engine): EngineParts {
  const parts = PARTS.get(engine);
  if (!parts)
    throw Object.assign(new Error(`There is no driver for ${engine} yet.`), { code: 'engine.unknown' });
  return parts;
}

/**
 * Loads an engine's classifier. It judges a first text here, so that what is compiled at its first use is not counted against the
 * time of the user's first statement.
 */
export async function loadClassifier(engine: Engine): Promise<Classify> {
  const { loadClassifier, firstText } = partsOf(engine);
  const classify = await loadClassifier();
  classify(firstText, {});
  return classify;
}
