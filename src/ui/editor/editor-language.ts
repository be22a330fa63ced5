import { MariaSQL, MySQL, PostgreSQL, sql } from '@codemirror/lang-sql';
import type { Extension } from '@codemirror/state';
import type { Engine } from '../../events/capabilities.ts';

const SQL_DIALECTS = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL } as const;

/** Columns by collection: `namespace.collection`, and without its namespace where a statement needs none. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** The editor's language for an engine's statements, with names to complete. JavaScript's is fetched when first needed. */
export async function languageOf(engine: Engine, names: Names, namespace: string): Promise<Extension> {
  if (engine === 'mongodb') {
    const { mongodbLanguage } = await import('./mongodb-language.ts');
    return mongodbLanguage(names, namespace);
  }
  return sql({
    dialect: SQL_DIALECTS[engine],
    schema: names as Record<string, string[]>,
    ...(namespace === '' ? {} : { defaultSchema: namespace }),
    upperCaseKeywords: false,
  });
}
