import type { EngineWords } from './engine.ts';

/** What the page says for engines that have SQL, until one says it otherwise. */
export const SQL_WORDS: EngineWords = {
  placeholder: 'Type a statement, Ctrl+Enter runs it',
  find: 'Find a table',
  open: 'Show rows',
  noNamespace: 'No schema that you may see.',
  noCollection: 'Nothing in this schema.',
  noDatabase: 'none',
  noUser: '',
  readOnly:
    'The server runs each statement in a read-only transaction, and what is not proven to read is refused before it is sent.',
};
