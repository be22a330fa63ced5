import { type EjsonNode, ejsonLine } from '../../../events/ejson.ts';

/** A line of the view: a document's own, or one of a field inside. */
export interface DocumentLine {
  readonly row: number;
  /** From 1, the document's own. */
  readonly level: number;
  /**
   * Place of the field in its document: empty for the document, else the places on the way there, joined by
   * dots.
   */
  readonly path: string;
  readonly name: string;
  /** Undefined while the document isn't here. */
  readonly node: EjsonNode | undefined;
  /** Null for a value that has nothing inside. */
  readonly expanded: boolean | null;
}

interface OpenDocument {
  readonly node: EjsonNode;
  /** Paths that are unfolded; the document itself is. */
  readonly open: Set<string>;
  lines: readonly DocumentLine[];
}

/**
 * Which lines there are and which stands where. A document is one line until it is unfolded, so that what is
 * known of the rest is their number alone.
 */
export class DocumentLines {
  rows = 0;
  private readonly documents = new Map<number, OpenDocument>();
  /** Unfolded rows in order, and the lines that are added by those before each. */
  private order: { readonly row: number; readonly before: number }[] = [];
  private added = 0;
  /** The row that `reveal` has unfolded. */
  private revealed = -1;

  get count(): number {
    return this.rows + this.added;
  }

  /** Folds all: the documents are others. */
  clear(): void {
    this.documents.clear();
    this.revealed = -1;
    this.recount();
  }

  isOpen(row: number): boolean {
    return this.documents.has(row);
  }

  /** The line at a place, from 0. `read` gives a document's value where it is here. */
  at(index: number, read: (row: number) => EjsonNode | undefined): DocumentLine | undefined {
    if (index < 0 || index >= this.count) return undefined;
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.order[middle]!.row + this.order[middle]!.before <= index) low = middle + 1;
      else high = middle;
    }
    const last = this.order[low - 1];
    if (!last) return headOf(index, read(index), false);
    const own = this.documents.get(last.row)!;
    const inside = index - (last.row + last.before) - 1;
    if (inside < 0) return headOf(last.row, own.node, true);
    if (inside < own.lines.length) return own.lines[inside];
    const row = index - last.before - own.lines.length;
    return headOf(row, read(row), false);
  }

  /** The place of a document's own line. */
  placeOf(row: number): number {
    let before = 0;
    for (const one of this.order) {
      if (one.row >= row) break;
      before = one.before + this.documents.get(one.row)!.lines.length;
    }
    return row + before;
  }

  /** The first and the last row of lines from one place up to another. */
  rowsOf(from: number, to: number): { readonly from: number; readonly to: number } {
    const none = (): undefined => undefined;
    const first = this.at(from, none)?.row ?? 0;
    const last = this.at(Math.max(from, Math.min(to, this.count) - 1), none)?.row ?? first;
    return { from: first, to: last + 1 };
  }

  /** Folds or unfolds a line. A document that isn't here can't be unfolded. */
  toggle({ row, path, node }: DocumentLine): void {
    const own = this.documents.get(row);
    if (path === '') {
      if (row === this.revealed) this.revealed = -1;
      if (own) this.documents.delete(row);
      else if (node) this.documents.set(row, { node, open: new Set(), lines: linesOf(row, node, new Set()) });
    } else if (own) {
      if (!own.open.delete(path)) own.open.add(path);
      own.lines = linesOf(row, own.node, own.open);
    }
    this.recount();
  }

  /** The name of the field that a line is in, of those that its document has at the top; undefined for the document's own. */
  fieldOf({ row, path }: DocumentLine): string | undefined {
    const first = path.split('.')[0];
    return first ? this.documents.get(row)?.node.entries[Number(first)]?.name : undefined;
  }

  /**
   * Unfolds a document's field down to the innermost part whose text `isWanted`, and folds the document that was unfolded so before. Returns
   * the place of its line; that of the document where it has no such field.
   */
  reveal(row: number, node: EjsonNode, field: string, isWanted: (text: string) => boolean): number {
    if (this.revealed !== row && this.documents.delete(this.revealed)) this.recount();
    if (!this.isOpen(row)) {
      this.toggle(headOf(row, node, false));
      this.revealed = row;
    }
    const own = this.documents.get(row)!;
    const text = ({ kind }: EjsonNode, { name, value }: EjsonNode['entries'][number]): string =>
      `${kind === 'object' ? `${name}: ` : ''}${ejsonLine(value, Number.POSITIVE_INFINITY)}`;
    let inside = own.node;
    let path = '';
    for (let at = inside.entries.findIndex(({ name }) => name === field); at >= 0; ) {
      if (path !== '') own.open.add(path);
      path += path === '' ? at : `.${at}`;
      const { value } = inside.entries[at]!;
      inside = value;
      at = value.entries.findIndex((entry) => isWanted(text(value, entry)));
    }
    own.lines = linesOf(row, own.node, own.open);
    this.recount();
    return this.placeOf(row) + 1 + own.lines.findIndex((line) => line.path === path);
  }

  /** The place of the line that a line hangs below; its own where it hangs below none. */
  parentOf(index: number, line: DocumentLine): number {
    if (line.path === '') return index;
    const own = this.documents.get(line.row)!;
    const path = line.path.split('.').slice(0, -1).join('.');
    const head = this.placeOf(line.row);
    return path === '' ? head : head + 1 + own.lines.findIndex((one) => one.path === path);
  }

  private recount(): void {
    this.added = 0;
    this.order = [...this.documents.keys()]
      .sort((a, b) => a - b)
      .map((row) => {
        const before = this.added;
        this.added += this.documents.get(row)!.lines.length;
        return { row, before };
      });
  }
}

function headOf(row: number, node: EjsonNode | undefined, expanded: boolean): DocumentLine {
  return { row, level: 1, path: '', name: String(row + 1), node, expanded };
}

/** The lines of what is unfolded inside of a document. */
function linesOf(
  row: number,
  node: EjsonNode,
  open: ReadonlySet<string>,
  path = '',
  level = 2,
): DocumentLine[] {
  return node.entries.flatMap(({ name, value }, i) => {
    const own = path === '' ? String(i) : `${path}.${i}`;
    const expanded = value.entries.length === 0 ? null : open.has(own);
    const line: DocumentLine = { row, level, path: own, name, node: value, expanded };
    return expanded ? [line, ...linesOf(row, value, open, own, level + 1)] : [line];
  });
}
