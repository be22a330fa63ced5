/** A collection of a profile's database. */
export interface CollectionPlace {
  readonly profileId: string;
  readonly namespace: string;
  readonly collection: string;
}
