/** What a commit is known under where its source is kept. */
export type SourceRef =
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'branch'; readonly name: string; readonly isDefault: boolean }
  | { readonly kind: 'pull-request'; readonly number: number }
  /** A run by the clock, on a branch; `at` in epoch milliseconds. */
  | { readonly kind: 'schedule'; readonly branch: string; readonly at: number }
  | { readonly kind: 'none' };
