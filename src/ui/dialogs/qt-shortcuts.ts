import { css, html, LitElement } from 'lit';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { type KeyPlace, keyCaps } from '../controls/key-bindings.ts';
import { shared } from '../controls/shared.css.ts';
import { type ShortcutLine, shortcutLines } from './shortcut-lines.ts';

const PLACES: Readonly<Record<KeyPlace, string>> = {
  page: 'Everywhere',
  editor: 'In the editor',
  tabs: 'On a tab',
  documents: 'In documents',
  find: 'While a text is looked for',
  header: 'On a column’s header',
  grid: 'In a result',
  rows: 'In rows that can be edited',
  cell: 'While a cell is edited',
  value: 'In the larger field',
};

/** Every key of the page and what it does. `open` shows it. */
export class QtShortcuts extends LitElement {
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog { width: min(860px, calc(100vw - 32px)); }
      .body { columns: 2 300px; column-gap: 32px; outline-offset: -1px; outline-width: 1px; }
      section { break-inside: avoid; margin-bottom: 14px; }
      h3 { padding-bottom: 2px; border-bottom: 1px solid var(--qt-border); }
      dl { margin: 4px 0 0; }
      dl div { display: flex; justify-content: space-between; gap: 16px; padding: 1px 0; }
      dd { margin: 0; text-align: right; }
      kbd { font: 11px/20px var(--qt-font-mono); color: var(--qt-fg-muted); white-space: nowrap; }
      kbd + kbd::before { content: 'or'; font-family: var(--qt-font-sans); margin: 0 6px; }
      kbd.last::before { content: 'to'; }
    `,
  ];

  private readonly dialog = new DialogController(this, { focus: '.body', leavesByClickBeside: true });

  async open(): Promise<void> {
    await this.dialog.open();
  }

  protected override render() {
    return html`<dialog aria-labelledby="title">
      <div class="head">
        <h2 id="title">Keyboard shortcuts</h2>
        ${this.dialog.cross()}
      </div>
      <div class="body" tabindex="0" role="region" aria-labelledby="title">
        ${Object.entries(PLACES).map(([place, title]) => this.section(title, shortcutLines(place as KeyPlace)))}
      </div>
    </dialog>`;
  }

  private section(title: string, lines: readonly ShortcutLine[]) {
    return html`<section>
      <h3>${title}</h3>
      <dl>${lines.map(({ words, keys }) => html`<div><dt>${words}</dt><dd>${chords(keys)}</dd></div>`)}</dl>
    </section>`;
  }
}

/** Each chord; of a long row of them the first and the last. */
function chords(keys: readonly string[]) {
  if (keys.length <= ROW_MAX) return keys.map((one) => html`<kbd>${keyCaps(one)}</kbd>`);
  return html`<kbd>${keyCaps(keys[0]!)}</kbd><kbd class="last">${keyCaps(keys.at(-1)!)}</kbd>`;
}

/** Chords of one meaning that are all shown. */
const ROW_MAX = 3;

customElements.define('qt-shortcuts', QtShortcuts);
