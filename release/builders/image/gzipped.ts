/** Compression whose bytes tell nothing of the machine or the moment. */
import { createGzip } from 'node:zlib';
import type { ByteStream } from '../../../oci/copy/target.ts';
import { transformed } from './transformed.ts';

/** What container tools compress layers with: the next ones cost much time for a hundredth of the size. */
const level = 6;

/** Where the header names the operating system, and what it says for an unknown one. Spec: RFC 1952, section 2.3.1. */
const systemAt = 9;
const systemUnknown = 255;

/** The stream, compressed; the same bytes give the same bytes, whatever their chunks, with this version of Node.js. */
export async function* gzipped(content: ByteStream): ByteStream {
  let isFirst = true;
  for await (const chunk of transformed(content, createGzip({ level }))) {
    if (isFirst) chunk[systemAt] = systemUnknown;
    isFirst = false;
    yield chunk;
  }
}
