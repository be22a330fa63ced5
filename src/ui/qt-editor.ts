import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, type SQLNamespace, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { css, LitElement, type PropertyValues } from 'lit';
import { type StatementRange, splitStatements, statementAt } from '../events/statements.ts';

/** Longer texts are edited without marking the statement under the cursor: finding it would be felt. */
const MARKED_UNITS_MAX = 500_000;

/** Detail of `qt-run`: the text to run and where it begins in the editor's. */
export interface RunRequest {
  readonly text: string;
  readonly offset: number;
}

const setStatement = StateEffect.define<StatementRange | null>();
const setFault = StateEffect.define<number | null>();

const statementMark = Decoration.line({ class: 'cm-statement' });
const faultMark = Decoration.mark({ class: 'cm-fault' });

/** The lines of the statement that Ctrl+Enter would run, where there is more than one. */
const statementField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setStatement)) continue;
      if (effect.value === null) next = Decoration.none;
      else {
        const { doc } = transaction.state;
        const first = doc.lineAt(effect.value.start).number;
        const last = doc.lineAt(Math.min(effect.value.end, doc.length)).number;
        const lines = Array.from({ length: last - first + 1 }, (_, i) => doc.line(first + i).from);
        next = Decoration.set(lines.map((from) => statementMark.range(from)));
      }
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The place that the server pointed at. */
const faultField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? Decoration.none : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(setFault)) continue;
      const { doc } = transaction.state;
      if (effect.value === null || effect.value >= doc.length) next = Decoration.none;
      else {
        const rest = doc.sliceString(effect.value, Math.min(doc.length, effect.value + 200));
        const word = /^[\w$.]+|^\S/.exec(rest)?.[0].length ?? 1;
        next = Decoration.set([faultMark.range(effect.value, effect.value + word)]);
      }
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--qt-code-keyword)' },
  { tag: [tags.typeName, tags.standard(tags.name), tags.function(tags.name)], color: 'var(--qt-code-name)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--qt-code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--qt-code-number)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--qt-code-comment)' },
]);

const look = EditorView.theme({
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
  '.cm-tooltip': {
    backgroundColor: 'var(--qt-bg-raised)',
    border: '1px solid var(--qt-border-strong)',
    borderRadius: '6px',
    boxShadow: 'var(--qt-shadow)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--qt-accent-soft)',
    color: 'var(--qt-fg)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--qt-bg-hover)',
    outline: '1px solid var(--qt-border-strong)',
  },
});

/** The statement editor: CodeMirror with PostgreSQL's dialect. Fires `qt-run` and `qt-edit`. */
export class QtEditor extends LitElement {
  static override properties = {
    text: { attribute: false },
    names: { attribute: false },
    fault: { attribute: false },
  };
  static override styles = css`
    :host { display: block; height: 100%; overflow: hidden; }
    .cm-editor { height: 100%; }
  `;

  /** The text to show; read it back from `qt-edit`. */
  declare text: string;
  /** Names to complete: namespaces and what is in them. */
  declare names: SQLNamespace;
  /** Where the server points, in UTF-16 units of the text; null for nowhere. */
  declare fault: number | null;
  private view: EditorView | null = null;
  private readonly language = new Compartment();

  constructor() {
    super();
    this.text = '';
    this.names = {};
    this.fault = null;
  }

  override focus(): void {
    this.view?.focus();
  }

  /** Asks for a run: of the selection, else of the statement under the cursor, else nothing. */
  run(what: 'statement' | 'all'): void {
    const { state } = this.view!;
    const { main } = state.selection;
    const text = state.doc.toString();
    const range = { start: main.from, end: main.to };
    const chosen =
      what === 'all'
        ? { start: 0, end: text.length }
        : main.empty
          ? statementAt(splitStatements(text), main.head)
          : range;
    const detail: RunRequest = chosen
      ? { text: text.slice(chosen.start, chosen.end), offset: chosen.start }
      : { text: '', offset: 0 };
    this.dispatchEvent(new CustomEvent('qt-run', { detail, bubbles: true, composed: true }));
  }

  /** Puts the cursor at a place and shows it. */
  reveal(position: number): void {
    const { view } = this;
    if (!view) return;
    const at = Math.min(position, view.state.doc.length);
    view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
    view.focus();
  }

  protected override firstUpdated(): void {
    const run = (what: 'statement' | 'all') => () => {
      this.run(what);
      return true;
    };
    this.view = new EditorView({
      parent: this.renderRoot as ShadowRoot,
      root: this.renderRoot as ShadowRoot,
      state: EditorState.create({
        doc: this.text,
        extensions: [
          keymap.of([
            { key: 'Ctrl-Enter', mac: 'Cmd-Enter', run: run('statement'), preventDefault: true },
            { key: 'Ctrl-Shift-Enter', mac: 'Cmd-Shift-Enter', run: run('all'), preventDefault: true },
          ]),
          lineNumbers(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          search({ top: true }),
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          this.language.of(this.dialect()),
          syntaxHighlighting(colours),
          placeholder('Type a statement, Ctrl+Enter runs it'),
          look,
          statementField,
          faultField,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'Statement' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.edited(update.state.doc.toString());
            if (update.docChanged || update.selectionSet) queueMicrotask(() => this.markStatement());
          }),
        ],
      }),
    });
    this.markStatement();
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { view } = this;
    if (!view) return;
    if (changed.has('text') && this.text !== view.state.doc.toString())
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: this.text } });
    if (changed.has('names')) view.dispatch({ effects: this.language.reconfigure(this.dialect()) });
    if (changed.has('fault')) view.dispatch({ effects: setFault.of(this.fault) });
  }

  private dialect() {
    return sql({
      dialect: PostgreSQL,
      schema: this.names,
      defaultSchema: 'public',
      upperCaseKeywords: false,
    });
  }

  private edited(text: string): void {
    this.text = text;
    this.dispatchEvent(new CustomEvent('qt-edit', { detail: text, bubbles: true, composed: true }));
  }

  private markStatement(): void {
    const { view } = this;
    if (!view || view.state.doc.length > MARKED_UNITS_MAX) return;
    const ranges = splitStatements(view.state.doc.toString());
    const range = ranges.length > 1 ? statementAt(ranges, view.state.selection.main.head) : undefined;
    view.dispatch({ effects: setStatement.of(range ?? null) });
  }
}

customElements.define('qt-editor', QtEditor);
