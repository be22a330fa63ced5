import { MariaSQL, MySQL, PostgreSQL, type SQLNamespace, sql } from '@codemirror/lang-sql';
import type { Extension } from '@codemirror/state';
import type { Engine } from '../events/capabilities.ts';
import { dialectOf } from './dialect.ts';

const SQL_DIALECTS = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL } as const;

/** The editor's language for an engine's statements, with names to complete. JavaScript's is fetched when first needed. */
export async function languageOf(engine: Engine, names: SQLNamespace): Promise<Extension> {
  if (engine === 'mongodb') {
    const { javascript } = await import('@codemirror/lang-javascript');
    return javascript();
  }
  const { defaultNamespace } = dialectOf(engine);
  return sql({
    dialect: SQL_DIALECTS[engine],
    schema: names,
    ...(defaultNamespace === '' ? {} : { defaultSchema: defaultNamespace }),
    upperCaseKeywords: false,
  });
}
