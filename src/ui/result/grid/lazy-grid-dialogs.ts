// Dialogs of the grid: loaded right after the first rows are drawn, so that each opens at once and none
// delays them.
import './cell-viewer.ts';
import './value-editor.ts';
