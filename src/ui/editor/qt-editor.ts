import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, type Extension, type Text } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { Task } from '@lit/task';
import { css, LitElement, type PropertyValues } from 'lit';
import { DEFAULT_ENGINE, type Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import { extentOf, type StatementRange } from '../../events/statement-range.ts';
import { splitStatements, statementAt } from '../../events/statements.ts';
import { type KeyCommand, keysOf } from '../controls/key-bindings.ts';
import type { CompletionNames, Learn, Learning } from './completion-names.ts';
import { languageOf } from './editor-language.ts';
import { faultField, setFault, setStatement, statementField } from './editor-marks.ts';
import { colours, look } from './editor-theme.ts';

/** Fetched beside the page's own code: to complete and to search, one needs an editor first. */
const assistance = Promise.all([import('./editor-completion.ts'), import('./editor-search.ts')]);

/** Longer texts are edited without marking the statement under the cursor: finding it would be felt. */
const MARKED_UNITS_MAX = 500_000;

/** Detail of `qt-run`: the text to run and where it begins in the editor's. */
export interface RunRequest {
  readonly text: string;
  readonly offset: number;
}

/**
 * The statement editor: CodeMirror with the engine's language. Fires `qt-run`, `qt-edit`, and `qt-learn` for the names to complete.
 */
export class QtEditor extends LitElement {
  static override properties = {
    text: { attribute: false },
    namespace: { type: String },
    readonly: { type: Boolean },
    engine: { attribute: false },
    facts: { attribute: false },
    fault: { attribute: false },
  };
  static override styles = css`
    :host { display: block; height: 100%; overflow: hidden; }
    .cm-editor { height: 100%; }
  `;

  /** The text to show; read it back from `qt-edit`. */
  declare text: string;
  /** Whose statements they are. */
  declare engine: Engine;
  /** What their reading depends on, as far as the tab's connection is known. */
  declare facts: LexicalFacts;
  /** What a name without a namespace is looked for in; empty for none. */
  declare namespace: string;
  /** To be read and copied only. */
  declare readonly: boolean;
  /** Where the server points, in UTF-16 units of the text; null for nowhere. */
  declare fault: number | null;
  private view: EditorView | null = null;
  private readonly languages: Task<readonly [Engine, string], Extension>;
  private readonly language = new Compartment();
  private readonly hint = new Compartment();
  private readonly assistance = new Compartment();
  /** Takes back the names on offer; there are none before the module of completion has come. */
  private closeCompletion: (view: EditorView) => unknown = () => undefined;
  /** The statements of the text they were found in. */
  private split: { readonly of: Text; readonly ranges: readonly StatementRange[] } | null = null;

  constructor() {
    super();
    // The engine's language; of several requests the latest counts.
    this.languages = new Task(this, {
      task: ([engine, namespace]) => languageOf(engine, namespace, (...asked) => this.learn(...asked)),
      args: () => [this.engine, this.namespace] as const,
      autoRun: 'afterUpdate',
      onComplete: (language) => {
        this.split = null;
        this.view?.dispatch({
          effects: [
            this.language.reconfigure(language),
            this.hint.reconfigure(
              placeholder(this.readonly ? '' : descriptorOf(this.engine).words.placeholder),
            ),
          ],
        });
      },
    });
    this.text = '';
    this.engine = DEFAULT_ENGINE;
    this.facts = {};
    this.namespace = '';
    this.readonly = false;
    this.fault = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasUpdated || this.view) return;
    this.open();
    void this.languages.run();
  }

  /** The view listens to the window and the document, which would hold it and its text forever. An element that is only moved keeps it. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.view?.destroy();
      this.view = null;
    });
  }

  override focus(): void {
    if (this.view) this.view.focus();
    else void this.updateComplete.then(() => this.view?.focus());
  }

  /** Asks for a run: of the selection, else of the statement under the cursor, else nothing. */
  run(what: 'statement' | 'all'): void {
    const { view } = this;
    if (!view) return;
    // Whoever runs a statement has finished typing it; names still on offer would only cover it.
    this.closeCompletion(view);
    const { state } = view;
    const { main } = state.selection;
    const text = state.doc.toString();
    const range = { start: main.from, end: main.to };
    // The data lines of a COPY run with it.
    const under = statementAt(this.statements(state.doc), main.head);
    const chosen =
      what === 'all' ? { start: 0, end: text.length } : main.empty ? under && extentOf(under) : range;
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
    this.open();
  }

  /** Makes the view, which shows the text. */
  private open(): void {
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
          this.readonly
            ? []
            : keymap.of([
                { key: editorKey('statement'), run: run('statement'), preventDefault: true },
                { key: editorKey('all'), run: run('all'), preventDefault: true },
              ]),
          lineNumbers(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          // Before the other keys: Tab takes a name that is on offer, and indents where there is none.
          this.assistance.of([]),
          // Esc, then Tab leaves the editor: CodeMirror's own way out.
          keymap.of([...historyKeymap, ...defaultKeymap, indentWithTab]),
          this.language.of([]),
          syntaxHighlighting(colours),
          this.hint.of([]),
          look,
          statementField,
          faultField,
          EditorView.lineWrapping,
          EditorState.readOnly.of(this.readonly),
          EditorView.contentAttributes.of({
            'aria-label': this.readonly
              ? 'Statement, to read'
              : 'Statement. Tab indents; Escape, then Tab leaves.',
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.edited(update.state.doc.toString());
            if (update.docChanged || update.selectionSet) queueMicrotask(() => this.markStatement());
          }),
        ],
      }),
    });
    this.markStatement();
    assistance.then(
      ([{ editorCompletion, closeCompletion }, { editorSearch }]) => {
        this.closeCompletion = closeCompletion;
        this.view?.dispatch({ effects: this.assistance.reconfigure([editorCompletion, editorSearch]) });
      },
      // Without them the editor edits; the page says that the program is gone.
      () => undefined,
    );
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { view } = this;
    if (!view) return;
    if (changed.has('text') && this.text !== view.state.doc.toString())
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: this.text } });
    if (changed.has('facts')) {
      this.split = null;
      this.markStatement();
    }
    if (changed.has('fault')) view.dispatch({ effects: setFault.of(this.fault) });
  }

  private statements(doc: Text): readonly StatementRange[] {
    if (this.split?.of !== doc)
      this.split = { of: doc, ranges: splitStatements(this.engine, doc.toString(), this.facts) };
    return this.split.ranges;
  }

  private learn(...[text, places]: Parameters<Learn>): Promise<CompletionNames> {
    const detail: Learning = { text, places };
    this.dispatchEvent(new CustomEvent('qt-learn', { detail, bubbles: true, composed: true }));
    return detail.names ?? Promise.resolve({});
  }

  private edited(text: string): void {
    this.text = text;
    this.dispatchEvent(new CustomEvent('qt-edit', { detail: text, bubbles: true, composed: true }));
  }

  private markStatement(): void {
    const { view } = this;
    if (!view || this.readonly || view.state.doc.length > MARKED_UNITS_MAX) return;
    const ranges = this.statements(view.state.doc);
    const range = ranges.length > 1 ? statementAt(ranges, view.state.selection.main.head) : undefined;
    view.dispatch({ effects: setStatement.of(range ? extentOf(range) : null) });
  }
}

/** A binding as CodeMirror names it; `Mod` is Ctrl, and Cmd on a Mac. */
function editorKey(command: KeyCommand<'editor'>): string {
  return keysOf('editor', command).replace('Ctrl', 'Mod').replaceAll('+', '-');
}

customElements.define('qt-editor', QtEditor);
