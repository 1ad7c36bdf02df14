/** Either what was asked for, or the sentence that says what is missing. */
export type Verdict<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly missing: string };

export function granted<T>(value: T): Verdict<T> {
  return { ok: true, value };
}

export function missing(sentence: string): Verdict<never> {
  return { ok: false, missing: sentence };
}
