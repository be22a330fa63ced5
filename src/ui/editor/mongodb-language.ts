import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete';
import { javascriptLanguage } from '@codemirror/lang-javascript';
import { LanguageSupport } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { columnsByName, kindsByName, type Learn, PART } from './completion-names.ts';
import { mongodbOffers, type Offer } from './mongodb-completion.ts';
import { placesIn } from './named-places.ts';

/** Text before the cursor that is looked at. */
const BEFORE_UNITS_MAX = 4000;

/** mongosh's language: JavaScript's colours, and names from the catalogue. Loaded when it is first needed. */
export function mongodbLanguage(current: string, learn: Learn): Extension {
  const autocomplete = async ({
    state,
    pos,
    explicit,
  }: CompletionContext): Promise<CompletionResult | null> => {
    const before = state.sliceDoc(Math.max(0, pos - BEFORE_UNITS_MAX), pos);
    const names = await learn(before, placesIn(before));
    const offered = mongodbOffers(before, columnsByName(names), current);
    if (!offered || (!explicit && offered.typed === '' && !before.endsWith('.'))) return null;
    const kinds = kindsByName(names);
    return {
      from: pos - offered.typed.length,
      options: offered.options.map((offer) => completion(offer, kinds)),
      validFor: names[PART] ? () => false : /^[\w$]*$/,
    };
  };
  return new LanguageSupport(javascriptLanguage, javascriptLanguage.data.of({ autocomplete }));
}

/** What an offer is, by its type; a collection may be a view. */
const DETAILS: Readonly<Record<string, string>> = { function: 'method', property: 'field' };

/** A method is inserted as a call, unless the text calls it already. */
function completion({ label, type, insert, after }: Offer, kinds: ReadonlyMap<string, string>): Completion {
  return {
    label,
    type,
    detail: DETAILS[type] ?? kinds.get(label) ?? 'collection',
    apply: (view, picked, from, to) => {
      const isCalled = type === 'function' && view.state.sliceDoc(to, to + 1) === '(';
      const text = isCalled ? label : insert;
      view.dispatch({
        changes: { from, to, insert: text },
        selection: { anchor: from + text.length - (isCalled ? 0 : after) },
        userEvent: 'input.complete',
        annotations: pickedCompletion.of(picked),
      });
    },
  };
}
