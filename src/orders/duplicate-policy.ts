/**
 * What becomes of a record whose order id is taken. Within a file the record with the lowest number always counts as
 * the first, in whatever order the parts of the file were stored.
 */
export const DUPLICATE_POLICIES = [
  /** The order that is stored, or that comes first in the file, stays; the record is a duplicate. */
  'keep-first',
  /** As above, but an invalid order that another import stored gives way to the record. */
  'replace-invalid',
  /** The record is stored under a new id, and keeps the id it came with as `originalId`. */
  'reassign-id',
] as const;
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number];
