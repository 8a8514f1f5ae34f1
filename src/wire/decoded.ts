/** The result of a total function over bytes from outside: a value, or why there is none. */
export type Decoded<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: WireError };

/** Why bytes are not a message. `code` is for counting, `detail` for the log. */
export type WireError = {
  readonly code:
    | 'size too small'
    | 'size too large'
    | 'wrong size'
    | 'unknown type'
    | 'not for us'
    | 'no data'
    | 'bad field'
    | 'truncated';
  readonly detail: string;
};
