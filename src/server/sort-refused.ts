/** Why rows can't be sorted here. */
export class SortRefused extends Error {
  readonly statusCode = 409;
  constructor(
    readonly code: 'sort.incomplete' | 'sort.tooLarge' | 'sort.unreadable',
    message: string,
  ) {
    super(message);
  }
}
