/** What a validation decides about an item. */
export type ItemVerdict = 'accepted' | 'rejected' | 'ignored';

/**
 * How the verdicts of several subscribers become one (module API page, VALIDATION). `any`: accepted
 * at the deadline if at least one said valid and none invalid. `all`: every one must have said so.
 */
export type ValidationPolicy = 'any' | 'all';
