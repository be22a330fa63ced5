import type { Engine } from '../../events/capabilities.ts';

/** What the page says differently for each engine. */
export interface EngineWords {
  /** What the empty editor says. */
  readonly placeholder: string;
  /** What the tree calls the things in a namespace. */
  readonly find: string;
  readonly noNamespace: string;
  readonly noCollection: string;
  /** The namespace that needs no name in a statement; empty takes the profile's database. */
  readonly defaultNamespace: string;
}

const SQL: EngineWords = {
  placeholder: 'Type a statement, Ctrl+Enter runs it',
  find: 'Find a table',
  noNamespace: 'No schema that you may see.',
  noCollection: 'Nothing in this schema.',
  defaultNamespace: '',
};

const MYSQL: EngineWords = {
  ...SQL,
  noNamespace: 'No database that you may see.',
  noCollection: 'Nothing in this database.',
};

const WORDS: Readonly<Record<Engine, EngineWords>> = {
  postgres: { ...SQL, defaultNamespace: 'public' },
  mysql: MYSQL,
  mariadb: MYSQL,
  mongodb: {
    ...MYSQL,
    placeholder: 'Type a statement such as db.orders.find({ status: "paid" }), Ctrl+Enter runs it',
    find: 'Find a collection',
  },
};

export function engineWords(engine: Engine): EngineWords {
  return WORDS[engine];
}
