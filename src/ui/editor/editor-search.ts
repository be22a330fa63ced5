import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { keymap } from '@codemirror/view';

/** The panel's words as the page writes them. */
const PHRASES = {
  next: 'Next',
  previous: 'Previous',
  all: 'All',
  replace: 'Replace',
  'replace all': 'Replace all',
  'match case': 'Match case',
  regexp: 'Regular expression',
  'by word': 'Whole word',
};

/** Find and replace in the editor (Ctrl+F), and the other places of what is selected. */
export const editorSearch: Extension = [
  highlightSelectionMatches(),
  EditorState.phrases.of(PHRASES),
  search({ top: true }),
  keymap.of(searchKeymap),
];
