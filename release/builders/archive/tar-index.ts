/** What is in a tar file and where, so that its parts can be read in any order and at once. */
import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { InputError } from '../../../errors/errors.ts';

/** A part of a tar file. */
export interface TarEntry {
  /** Where its content begins, in bytes from the beginning of the file. */
  readonly offset: number;
  readonly sizeBytes: number;
}

/** The regular files by their names, without a leading `./`; a link is the file it leads to. */
export type TarIndex = ReadonlyMap<string, TarEntry>;

const blockBytes = 512;

/** Archives of images have some entries for each layer; more are those of something else. */
const entriesMax = 100_000;

/** Longest name or set of attributes, in bytes: paths end at 4096. */
const attributesBytesMax = 1024 * 1024;

/** Links that lead to links are followed so far. */
const hopsMax = 8;

/**
 * Reads the headers alone, of which each says where the next one is.
 * Spec: POSIX.1-2024 pax, "ustar Interchange Format"; names longer than that as GNU tar writes them.
 * @throws InputError ARCHIVE_INVALID when the file is no tar file, or ends too early.
 */
export async function indexTar(path: string, signal: AbortSignal): Promise<TarIndex> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return resolveLinks(await readEntries({ file, path, size, signal }));
  } finally {
    await file.close();
  }
}

interface Tar {
  readonly file: FileHandle;
  readonly path: string;
  readonly size: number;
  readonly signal: AbortSignal;
}

interface RawEntries {
  readonly files: Map<string, TarEntry>;
  /** Name of the link, and of what it leads to. */
  readonly links: Map<string, string>;
}

async function readEntries(tar: Tar): Promise<RawEntries> {
  const raw: RawEntries = { files: new Map(), links: new Map() };
  let attributes: Attributes = {};
  let at = 0;
  for (let count = 0; at + blockBytes <= tar.size; count += 1) {
    tar.signal.throwIfAborted();
    if (count > entriesMax) throw invalid(tar.path, `more than ${entriesMax} entries`);
    const header = parseHeader(await readAt(tar, at, blockBytes), tar.path);
    if (header === undefined) break;
    const sizeBytes = attributes.size ?? header.sizeBytes;
    const offset = at + blockBytes;
    if (offset + sizeBytes > tar.size) throw invalid(tar.path, 'it ends in the middle of a file');
    at = offset + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    if (isAboutNext(header.type)) {
      if (sizeBytes > attributesBytesMax) throw invalid(tar.path, `attributes of ${sizeBytes} bytes`);
      attributes = { ...attributes, ...readAttributes(header.type, await readAt(tar, offset, sizeBytes)) };
      continue;
    }
    addEntry(raw, { ...header, ...attributes }, { offset, sizeBytes });
    attributes = {};
  }
  if (at === 0) throw invalid(tar.path, 'it is empty');
  return raw;
}

/** A later entry takes the place of an earlier one of the same name. */
function addEntry({ files, links }: RawEntries, { type, name, link }: Header, entry: TarEntry): void {
  const path = normalise(name);
  files.delete(path);
  links.delete(path);
  if (type === 'file') files.set(path, entry);
  // A symbolic link is read from its own directory, a hard one from the root of the archive.
  if (type === 'symlink') links.set(path, normalise(posix.join(posix.dirname(path), link)));
  if (type === 'hardlink') links.set(path, normalise(link));
}

function resolveLinks({ files, links }: RawEntries): TarIndex {
  const resolved = new Map(files);
  for (const name of links.keys()) {
    let target = name;
    for (let hop = 0; hop < hopsMax; hop += 1) target = links.get(target) ?? target;
    const entry = files.get(target);
    if (entry !== undefined) resolved.set(name, entry);
  }
  return resolved;
}

function normalise(name: string): string {
  return posix.normalize(name).replace(/^(?:\.?\/)+/, '');
}

type EntryType = 'file' | 'symlink' | 'hardlink' | 'long-name' | 'long-link' | 'attributes' | 'other';

const entryTypes: Readonly<Record<string, EntryType>> = {
  '': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '7': 'file',
  K: 'long-link',
  L: 'long-name',
  x: 'attributes',
};

interface Header {
  readonly type: EntryType;
  readonly name: string;
  readonly link: string;
  readonly sizeBytes: number;
}

/** What an entry says of the next one. */
interface Attributes {
  readonly name?: string;
  readonly link?: string;
  readonly size?: number;
}

function isAboutNext(type: EntryType): boolean {
  return type === 'long-name' || type === 'long-link' || type === 'attributes';
}

/** Undefined at the end of the archive, where blocks of zeros are. */
function parseHeader(block: Buffer, path: string): Header | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (readNumber(block, 148, 8) !== headerSum(block)) throw invalid(path, 'it is no tar file');
  const prefix = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0 ? readText(block, 345, 155) : '';
  const name = readText(block, 0, 100);
  const type = entryTypes[readText(block, 156, 1)] ?? 'other';
  const sizeBytes = readNumber(block, 124, 12);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw invalid(path, 'a size in it is no number');
  const isLink = type === 'symlink' || type === 'hardlink';
  const fullName = prefix === '' ? name : `${prefix}/${name}`;
  return { type, name: fullName, link: readText(block, 157, 100), sizeBytes: isLink ? 0 : sizeBytes };
}

/** The sum of all bytes, those of the sum itself counted as blanks. */
function headerSum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

function readText(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** Octal digits or, where they would not do, a binary number behind a set bit. */
function readNumber(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if (first < 0x80) return Number.parseInt(readText(block, at, length).trim() || '0', 8);
  return block.subarray(at + 1, at + length).reduce((value, byte) => value * 256 + byte, first & 0x7f);
}

function readAttributes(type: EntryType, content: Buffer): Attributes {
  const text = content.toString('utf8').replace(/\0+$/, '');
  if (type === 'long-name') return { name: text };
  if (type === 'long-link') return { link: text };
  return readRecords(content);
}

/** Records of `length key=value\n`, whose length counts bytes. */
function readRecords(content: Buffer): Attributes {
  let found: Attributes = {};
  let at = 0;
  while (at < content.length) {
    const blank = content.indexOf(' ', at);
    const length = Number.parseInt(content.toString('latin1', at, Math.max(blank, at)), 10);
    if (!(length > 0)) break;
    const [key, ...rest] = content.toString('utf8', blank + 1, at + length - 1).split('=');
    const value = rest.join('=');
    if (key === 'path') found = { ...found, name: value };
    if (key === 'linkpath') found = { ...found, link: value };
    if (key === 'size') found = { ...found, size: Number(value) };
    at += length;
  }
  return found;
}

async function readAt({ file, path }: Tar, position: number, length: number): Promise<Buffer> {
  const block = Buffer.alloc(length);
  const { bytesRead } = await file.read(block, 0, length, position);
  if (bytesRead < length) throw invalid(path, 'it ends too early');
  return block;
}

function invalid(path: string, why: string): InputError {
  return new InputError({ code: 'ARCHIVE_INVALID', message: `not an archive of an image: ${path}: ${why}` });
}
