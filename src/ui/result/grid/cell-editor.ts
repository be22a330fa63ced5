import { chordOf, commandFor, keysOf } from '../../controls/key-bindings.ts';
import type { CellEdit } from './grid-editing.ts';

/** How an editor in a cell was left. */
export type EditorEnd = 'down' | 'right' | 'left' | 'stay';

/** What an editor in a cell tells. */
interface CellEditorOrders {
  /** A value was typed. */
  stage(value: string | null): void;
  /** It has gone; `to` is where the active cell goes. */
  ended(to: EditorEnd): void;
  /** The value is better edited in its own window, from what was typed so far. */
  enlarge(typed: string): void;
  say(why: string): void;
}

/**
 * One line of text over a cell. Enter and Tab stage what was typed, leaving it does too, Esc leaves all as it
 * was. Alt+N is no value, which is not the empty text.
 */
export class CellEditor {
  readonly element = document.createElement('div');
  private readonly input = document.createElement('input');
  private readonly none = document.createElement('button');
  private readonly type = document.createElement('span');
  private isNull: boolean;
  private open = true;

  constructor(
    label: string,
    private readonly edit: CellEdit,
    private readonly orders: CellEditorOrders,
  ) {
    const { element, input, none, type } = this;
    this.isNull = edit.isNull;
    element.className = 'editor';
    input.value = edit.text;
    input.setAttribute('aria-label', `${label}. Enter stages, Escape leaves.`);
    input.spellcheck = false;
    input.autocomplete = 'off';
    none.type = 'button';
    none.textContent = edit.nullWord;
    none.tabIndex = -1;
    none.title = edit.nullLacking || `${edit.nullWord} (${keysOf('cell', 'setNull')})`;
    none.disabled = edit.nullLacking !== '';
    type.className = 'kind';
    element.append(input, type, none);
    if (edit.choices.length > 0) this.offer();
    input.addEventListener('input', () => this.typed());
    element.addEventListener('keydown', (event) => this.key(event));
    // A press on the button is not a way out of the field.
    none.addEventListener('pointerdown', (event) => event.preventDefault());
    none.addEventListener('click', () => this.toggleNull());
    element.addEventListener('focusout', () => this.close('stay', true));
    for (const type_ of ['pointerdown', 'click', 'dblclick', 'contextmenu'])
      element.addEventListener(type_, (event) => event.stopPropagation());
    this.draw();
  }

  /** Takes the focus, with all selected, or with what was typed on the cell instead of its value. */
  begin(typed?: string): void {
    const { input } = this;
    input.focus({ preventScroll: true });
    if (typed === undefined) {
      input.select();
      return;
    }
    input.value = typed;
    this.typed();
  }

  /** Puts it over its cell. */
  place(left: number, top: number, width: number): void {
    this.element.style.transform = `translate(${left}px, ${top}px)`;
    this.element.style.minWidth = `${width}px`;
  }

  /** Ends it, with or without what was typed. */
  close(to: EditorEnd, take: boolean): void {
    if (!this.open) return;
    if (!take) this.orders.say('');
    if (take && !this.take()) {
      // When the focus leaves in another way, the error is reported and the cell stays as it was.
      if (to !== 'stay') return;
    }
    this.open = false;
    this.element.remove();
    this.orders.ended(to);
  }

  /** Shows the values that there are; Space goes through them where none has one in it. */
  private offer(): void {
    const list = document.createElement('datalist');
    list.id = 'cell-choices';
    for (const value of this.edit.choices) list.append(new Option(value, value));
    this.input.setAttribute('list', list.id);
    this.element.append(list);
  }

  private get spaceChooses(): boolean {
    const { choices } = this.edit;
    return choices.length > 0 && !choices.some((choice) => choice.includes(' '));
  }

  private nextChoice(): void {
    const { choices } = this.edit;
    this.input.value = choices[(choices.indexOf(this.input.value) + 1) % choices.length]!;
    this.typed();
  }

  private take(): boolean {
    const { edit, input } = this;
    if (this.isNull) {
      if (!edit.isNull) this.orders.stage(null);
      return true;
    }
    if (!edit.isNull && input.value === edit.text) return true;
    const read = edit.read(input.value);
    if ('why' in read) {
      this.element.classList.add('wrong');
      this.input.ariaInvalid = 'true';
      this.orders.say(read.why);
      return false;
    }
    this.orders.stage(read.value);
    return true;
  }

  private typed(): void {
    this.isNull = false;
    this.draw();
  }

  private toggleNull(): void {
    if (this.edit.nullLacking) {
      this.orders.say(this.edit.nullLacking);
      return;
    }
    this.isNull = !this.isNull;
    this.draw();
    this.input.focus();
  }

  private draw(): void {
    const { element, input, none, type, edit, isNull } = this;
    element.classList.toggle('none', isNull);
    element.classList.remove('wrong');
    input.ariaInvalid = null;
    none.setAttribute('aria-pressed', String(isNull));
    input.placeholder = isNull ? edit.nullWord : '';
    if (isNull) input.value = '';
    type.textContent = isNull ? '' : edit.typeOf(input.value);
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.isComposing) return;
    const command = commandFor('cell', chordOf(event));
    if (command === 'setNull') this.toggleNull();
    else if (event.key === ' ' && this.spaceChooses) this.nextChoice();
    else if (command === 'expand') {
      const typed = this.input.value;
      this.open = false;
      this.element.remove();
      this.orders.enlarge(typed);
    } else if (event.key === 'Enter') this.close('down', true);
    else if (event.key === 'Tab') this.close(event.shiftKey ? 'left' : 'right', true);
    else if (event.key === 'Escape') this.close('stay', false);
    else return;
    event.preventDefault();
  }
}
