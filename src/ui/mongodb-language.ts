import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { javascriptLanguage } from '@codemirror/lang-javascript';
import { LanguageSupport } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { mongodbOffers } from './mongodb-completion.ts';

/** Text before the cursor that is looked at. */
const BEFORE_UNITS_MAX = 4000;

/** mongosh's language: JavaScript's colours, and names from the catalogue. Loaded when it is first needed. */
export function mongodbLanguage(
  names: Readonly<Record<string, readonly string[]>>,
  current: string,
): Extension {
  const autocomplete = ({ state, pos, explicit }: CompletionContext): CompletionResult | null => {
    const before = state.sliceDoc(Math.max(0, pos - BEFORE_UNITS_MAX), pos);
    const offered = mongodbOffers(before, names, current);
    if (!offered || (!explicit && offered.typed === '' && !before.endsWith('.'))) return null;
    return { from: pos - offered.typed.length, options: [...offered.options], validFor: /^[\w$]*$/ };
  };
  return new LanguageSupport(javascriptLanguage, javascriptLanguage.data.of({ autocomplete }));
}
