/** One line of an answer of the black box: progress while it works, then a result or an error. */
export type BoxAnswer =
  | { readonly progress: number }
  | { readonly result: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly status: number } };

export type BoxDoor =
  | '/deliveries'
  | '/judged-by'
  | '/objections'
  | '/objection'
  | '/recipients'
  | '/subject'
  | '/merges'
  | '/opt-out-replies'
  | '/opt-out-answers';
