/** Cheap enough for hundreds of unlocks. */
export const CHEAP = { N: 2, r: 1, p: 1 };
