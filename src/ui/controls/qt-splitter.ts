import { css, html, LitElement } from 'lit';

/**
 * A border between two panes that is dragged, or moved with the arrow keys. Remembers; fires `qt-split` with
 * pixels.
 */
export class QtSplitter extends LitElement {
  static override properties = {
    orientation: { type: String, reflect: true },
    value: { type: Number },
    min: { type: Number },
    max: { type: Number },
    reverse: { type: Boolean },
    label: { type: String },
  };
  static override styles = css`
    :host { display: block; flex: none; position: relative; z-index: 4; background: var(--qt-border); touch-action: none; }
    :host([orientation='vertical']) { width: 1px; cursor: col-resize; }
    :host([orientation='horizontal']) { height: 1px; cursor: row-resize; }
    div { position: absolute; inset: -3px; outline: none; }
    div:hover, div:focus-visible { background: var(--qt-accent); opacity: 0.6; }
  `;

  declare orientation: 'vertical' | 'horizontal';
  declare value: number;
  declare min: number;
  declare max: number;
  /** The pane it sizes is behind it, not before it. */
  declare reverse: boolean;
  declare label: string;

  constructor() {
    super();
    this.orientation = 'vertical';
    this.value = 0;
    this.min = 0;
    this.max = 1000;
    this.reverse = false;
    this.label = 'Size of the pane';
  }

  protected override render() {
    return html`<div
      role="separator" tabindex="0" aria-orientation=${this.orientation} aria-label=${this.label}
      aria-valuenow=${this.value} aria-valuemin=${this.min} aria-valuemax=${this.max}
      @pointerdown=${this.drag} @keydown=${this.key}
    ></div>`;
  }

  private drag(event: PointerEvent): void {
    const handle = event.currentTarget as HTMLElement;
    handle.setPointerCapture(event.pointerId);
    const from = this.position(event);
    const value = this.value;
    const move = (moved: PointerEvent): void => {
      const by = this.position(moved) - from;
      this.resize(value + (this.reverse ? -by : by));
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
  }

  private position(event: PointerEvent): number {
    return this.orientation === 'vertical' ? event.clientX : event.clientY;
  }

  private key(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowLeft: -16, ArrowUp: -16, ArrowRight: 16, ArrowDown: 16 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.resize(this.value + (this.reverse ? -step : step));
  }

  private resize(pixels: number): void {
    const detail = Math.round(Math.min(this.max, Math.max(this.min, pixels)));
    this.dispatchEvent(new CustomEvent('qt-split', { detail }));
  }
}

customElements.define('qt-splitter', QtSplitter);
