/** The reason for changing a tag, as its history keeps it. */

/** Characters of a reason: a sentence or two. */
export const tagReasonCharsMax = 200;

/** Whether the text can be kept as a reason: one line that prints. */
export function isTagReason(text: string): boolean {
  return text.trim() !== '' && [...text].length <= tagReasonCharsMax && !/\p{C}|\p{Zl}|\p{Zp}/u.test(text);
}
