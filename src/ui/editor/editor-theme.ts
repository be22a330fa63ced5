import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** The colours of a statement's words, from the tokens. */
export const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--qt-code-keyword)' },
  { tag: [tags.typeName, tags.standard(tags.name), tags.function(tags.name)], color: 'var(--qt-code-name)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--qt-code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--qt-code-number)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--qt-code-comment)' },
]);

/** The editor's own surfaces: gutter, cursor, selection, search panel, completion list. */
export const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'transparent', color: 'var(--qt-fg)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: 'var(--qt-font-mono)', lineHeight: '20px', fontVariantLigatures: 'none' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--qt-accent)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--qt-fg-faint)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 12px 0 16px', minWidth: '40px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '.cm-activeLineGutter': { color: 'var(--qt-fg)' },
  '.cm-cursor': { borderLeftColor: 'var(--qt-accent)', borderLeftWidth: '2px' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--qt-accent-soft)',
  },
  '.cm-statement': { boxShadow: 'inset 2px 0 0 var(--qt-border-strong)' },
  '&.cm-focused .cm-statement': { boxShadow: 'inset 2px 0 0 var(--qt-accent)' },
  '.cm-fault': { textDecoration: 'underline wavy var(--qt-state-failed) 1.5px', textUnderlineOffset: '3px' },
  '.cm-placeholder': { color: 'var(--qt-fg-faint)' },
  '.cm-panels': {
    backgroundColor: 'var(--qt-bg-raised)',
    color: 'var(--qt-fg)',
    borderColor: 'var(--qt-border)',
  },
  '.cm-panels.cm-panels-top': { borderBottomColor: 'var(--qt-border)' },
  '.cm-panel.cm-search': { padding: '6px 28px 6px 10px', font: '12px/20px var(--qt-font-sans)' },
  '.cm-panel.cm-search label': { fontSize: '12px', whiteSpace: 'nowrap' },
  '.cm-panel.cm-search input[type=checkbox]': { accentColor: 'var(--qt-accent)', verticalAlign: '-2px' },
  '.cm-panel.cm-search [name=close]': {
    color: 'var(--qt-fg-muted)',
    fontSize: '18px',
    right: '8px',
    top: '4px',
  },
  '.cm-textfield': {
    boxSizing: 'border-box',
    height: '24px',
    backgroundColor: 'var(--qt-bg)',
    color: 'var(--qt-fg)',
    border: '1px solid var(--qt-border)',
    borderRadius: '5px',
    fontSize: '12px',
  },
  '.cm-textfield::placeholder': { color: 'var(--qt-fg-faint)', opacity: '1' },
  '.cm-textfield:focus': { outline: '2px solid var(--qt-accent)', outlineOffset: '-1px' },
  '.cm-button': {
    height: '24px',
    backgroundImage: 'none',
    backgroundColor: 'var(--qt-bg)',
    color: 'var(--qt-fg-muted)',
    border: '1px solid var(--qt-border)',
    borderRadius: '5px',
    fontSize: '12px',
    cursor: 'pointer',
    '&:hover': { color: 'var(--qt-fg)', borderColor: 'var(--qt-border-strong)' },
    '&:active': { backgroundImage: 'none', backgroundColor: 'var(--qt-bg-hover)' },
    '&:focus-visible': { outline: '2px solid var(--qt-accent)', outlineOffset: '-1px' },
  },
  '.cm-searchMatch': { backgroundColor: 'var(--qt-found)', outline: 'none' },
  '.cm-searchMatch.cm-searchMatch-selected': {
    backgroundColor: 'var(--qt-found)',
    outline: '1px solid var(--qt-state-waiting)',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--qt-bg-hover)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--qt-bg-raised)',
    border: '1px solid var(--qt-border-strong)',
    borderRadius: '6px',
    boxShadow: 'var(--qt-shadow)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { font: '12px/20px var(--qt-font-mono)', padding: '4px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    padding: '0 8px',
    lineHeight: '20px',
    borderRadius: '4px',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--qt-accent)', fontWeight: '600' },
  '.cm-completionDetail': { color: 'var(--qt-fg-faint)', fontStyle: 'normal' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--qt-accent-soft)',
    color: 'var(--qt-fg)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--qt-bg-hover)',
    outline: '1px solid var(--qt-border-strong)',
  },
});
