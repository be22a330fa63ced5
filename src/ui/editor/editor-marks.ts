import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import type { StatementRange } from '../../events/statement-range.ts';

/** Marks the lines of a statement; null marks none. */
export const setStatement = StateEffect.define<StatementRange | null>();
/** Underlines the word at a place, in UTF-16 units; null underlines none. */
export const setFault = StateEffect.define<number | null>();

const statementMark = Decoration.line({ class: 'cm-statement' });
const faultMark = Decoration.mark({ class: 'cm-fault' });

/** A name with those before its dots, each plain or in quotes; else one character. */
const WORD = /^(?:"(?:[^"\n]|"")*"|`[^`\n]*`|[\p{L}\p{N}_$]+|\.)+|^\S/u;

/** The lines of the statement that Ctrl+Enter would run, where there is more than one. */
export const statementField = StateField.define<DecorationSet>({
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
export const faultField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = transaction.docChanged ? Decoration.none : marks;
    for (const effect of transaction.effects) {
      if (!effect.is(setFault)) continue;
      const { doc } = transaction.state;
      if (effect.value === null || effect.value >= doc.length) next = Decoration.none;
      else {
        const rest = doc.sliceString(effect.value, Math.min(doc.length, effect.value + 200));
        const word = WORD.exec(rest)?.[0].length ?? 1;
        next = Decoration.set([faultMark.range(effect.value, effect.value + word)]);
      }
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});
