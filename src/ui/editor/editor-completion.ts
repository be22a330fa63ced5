import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { keymap } from '@codemirror/view';

export { closeCompletion } from '@codemirror/autocomplete';

/** Names offered while typing, and brackets and quotes that close themselves. What is offered comes with the engine's language. */
export const editorCompletion: Extension = [
  closeBrackets(),
  autocompletion({ icons: false }),
  keymap.of([...closeBracketsKeymap, ...completionKeymap, { key: 'Tab', run: acceptCompletion }]),
];
