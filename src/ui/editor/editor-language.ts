import type { Extension } from '@codemirror/state';
import type { Engine } from '../../events/engines/engine-name.ts';
import type { Learn } from './completion-names.ts';

/** Fetched beside the page's own code, so that it is there once there is an editor. */
const sqlModule = import('./sql-language.ts');

/**
 * The editor's language for an engine's statements, with names to complete. JavaScript's is fetched when
 * first needed.
 */
export async function languageOf(engine: Engine, namespace: string, learn: Learn): Promise<Extension> {
  if (engine === 'mongodb') {
    const { mongodbLanguage } = await import('./mongodb-language.ts');
    return mongodbLanguage(namespace, learn);
  }
  const { sqlLanguage } = await sqlModule;
  return sqlLanguage(engine, namespace, learn);
}
