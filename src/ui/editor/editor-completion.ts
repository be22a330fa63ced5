import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';

export { closeCompletion } from '@codemirror/autocomplete';

/**
 * Typing over a selection. Left to the browser, it takes the selected lines apart node by node: 40 s for a line of 20 000
 * characters.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput({ inputType, data }, view) {
    const { state, composing } = view;
    const { main } = state.selection;
    if (inputType !== 'insertText' || data === null || main.empty || composing || state.readOnly)
      return false;
    const insert = () =>
      state.update(state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    const handlers = state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, data, insert))) view.dispatch(insert());
    return true;
  },
});

/** Names offered while typing, and brackets and quotes that close themselves. What is offered comes with the engine's language. */
export const editorCompletion: Extension = [
  typeOver,
  closeBrackets(),
  autocompletion({ icons: false }),
  keymap.of([...closeBracketsKeymap, ...completionKeymap, { key: 'Tab', run: acceptCompletion }]),
];
