import type { Counting } from '../../events/judgement.ts';
import { databaseText } from './collection-text.ts';
import { commandName, type Document, isDocument, type Operation } from './statement/operation.ts';
import { shellText } from './statement/shell-text.ts';

/** What of a single write says which documents it finds, and nothing else that a count would have to know. */
const DELETES: ReadonlySet<string> = new Set(['q', 'limit']);
const UPDATES: ReadonlySet<string> = new Set(['q', 'u', 'multi', 'arrayFilters']);

/**
 * The statement that counts the documents which an operation would touch, by its very filter.
 * @param isCurrent whether its database is the connection's current one
 * @param isRead whether a text is proven to read
 */
export function countingOf(
  operation: Operation,
  isCurrent: boolean,
  isRead: (text: string) => boolean,
): Counting | undefined {
  if (operation.type !== 'command') return undefined;
  const [command, ...others] = operation.commands;
  if (!command || others.length > 0) return { reason: 'It sends several commands.' };
  const filter = filterOf(command);
  if (filter === undefined || !('q' in filter)) return filter;
  const collection = command.get(commandName(command));
  if (typeof collection !== 'string') return NOT_SURE;
  const database = isCurrent ? 'db' : databaseText(operation.database);
  const text = `${database}.getCollection(${JSON.stringify(collection)}).countDocuments(${shellText(filter.q)})`;
  return isRead(text) ? { text } : NOT_SURE;
}

const NOT_SURE: Counting = { reason: 'Which documents it finds can’t be determined with certainty.' };

function filterOf(command: Document): { readonly q: Document } | Counting | undefined {
  switch (commandName(command)) {
    case 'drop':
      return { q: new Map() as Document };
    case 'delete':
      return only(command.get('deletes'), DELETES);
    case 'update':
      return only(command.get('updates'), UPDATES);
    default:
      return undefined;
  }
}

/** The filter of the one write there is, if nothing else of it says which documents it finds. */
function only(writes: unknown, known: ReadonlySet<string>): { readonly q: Document } | Counting {
  const [one, ...others] = Array.isArray(writes) ? writes : [];
  if (!isDocument(one) || others.length > 0) return { reason: 'It makes several changes at once.' };
  const q = one.get('q');
  return isDocument(q) && [...one.keys()].every((name) => known.has(name)) ? { q } : NOT_SURE;
}
