import { MIB } from '../events/limits.ts';

/** Limits of what a user makes in the page and of the files it reads. */

// Tabs
/** Closed tabs that a page can open again. */
export const CLOSED_TABS_MAX = 20;

// Editor
/** Collections of one statement whose columns are read to be completed. */
export const LEARNED_MAX = 8;
/** Collections whose names an editor completes at once; of more, those that hold what is typed. */
export const COMPLETED_MAX = 1000;
/** Beginnings of names whose collections an editor has from the server; of more, the oldest are forgotten. */
export const FOUND_LISTS_MAX = 20;

// Replay
/** Pins of one place in a replay. */
export const PINS_MAX = 100;
/** A pin's note and a text that is searched for, in UTF-16 units. */
export const NOTE_UNITS_MAX = 500;
/** The file of a saved view. */
export const SAVED_VIEW_BYTES_MAX = MIB;
