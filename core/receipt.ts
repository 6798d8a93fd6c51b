/** The receipt of a committed history entry: who, why, when, from what, to what. It lies in the registry. */
import { IntegrityError } from '../errors/errors.ts';
import { type Digest, isDigest } from '../oci/spec/digest.ts';
import { isTag, type Tag } from '../oci/spec/tag.ts';

/** Why an entry was written. Settlements and adoptions are the lane's own; nobody asked for them. */
export type EntryKind = 'promotion' | 'rollback' | 'settlement' | 'adoption';

export interface Receipt {
  readonly schema: 1;
  readonly app: string;
  readonly environment: string;
  readonly number: number;
  readonly kind: EntryKind;
  readonly digest: Digest;
  readonly version?: string;
  /** Digest that was current before. */
  readonly from?: Digest;
  readonly commandId: string;
  readonly planId?: string;
  readonly actor: string;
  readonly reason?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Digests of the receipts before it; a list, because a fork has two. */
  readonly previous: readonly Digest[];
  /** For an adoption: every direct tag seen. Rule: lane-protocol, "10". */
  readonly directTags?: readonly Tag[];
  /** Whether automation was held from here on. */
  readonly holds?: boolean;
}

/** The receipt as the text that is stored: keys in a fixed order, so that equal receipts are equal bytes. */
export function formatReceipt(receipt: Receipt): string {
  return JSON.stringify(Object.fromEntries(Object.entries(receipt).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The receipt of a stored text. @throws IntegrityError RECEIPT_INVALID */
export function parseReceipt(text: string, where: string): Receipt {
  const receipt = parseObject(text, where);
  const valid =
    receipt['schema'] === 1 &&
    ['app', 'environment', 'commandId', 'actor', 'at'].every((key) => typeof receipt[key] === 'string') &&
    Number.isSafeInteger(receipt['number']) &&
    isEntryKind(receipt['kind']) &&
    typeof receipt['digest'] === 'string' &&
    isDigest(receipt['digest']) &&
    isListOf(receipt['previous'], isDigest) &&
    (receipt['directTags'] === undefined || isListOf(receipt['directTags'], isTag));
  if (!valid) throw unreadable(where);
  return receipt as unknown as Receipt;
}

function parseObject(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // The answer is the same for text that is no JSON and for JSON that is no receipt.
  }
  throw unreadable(where);
}

function isEntryKind(value: unknown): value is EntryKind {
  return value === 'promotion' || value === 'rollback' || value === 'settlement' || value === 'adoption';
}

function isListOf(value: unknown, isMember: (text: string) => boolean): boolean {
  return Array.isArray(value) && value.every((member) => typeof member === 'string' && isMember(member));
}

function unreadable(where: string): IntegrityError {
  return new IntegrityError({ code: 'RECEIPT_INVALID', message: `receipt cannot be read: ${where}` });
}
