import type { EngineWords } from './engine.ts';

/** What the page says for engines that have SQL, until one says it otherwise. */
export const SQL_WORDS: EngineWords = {
  placeholder: 'Type a statement, Ctrl+Enter runs it',
  find: 'Find a table',
  open: 'Show rows',
  noNamespace: 'No schemas visible to you.',
  noCollection: 'This schema is empty.',
  noDatabase: 'none',
  noUser: '',
  processNumber: 'pid',
  process: 'process',
  errorCode: 'SQLSTATE',
  readOnly:
    'The server runs each statement in a read-only transaction, and statements not proven to be reads are refused before they are sent.',
};
