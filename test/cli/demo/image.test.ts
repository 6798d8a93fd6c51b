/** The demo's image, made without any container tool. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { buildImage } from '../../../cli/demo/image.ts';
import { isStaticElf, readStaticBusybox } from '../../../cli/demo/static-program.ts';
import { webCommand, webEntrypoint, webFiles } from '../../../cli/demo/web-files.ts';
import { digestOf } from '../../../oci/hash.ts';
import { parseManifest } from '../../../oci/spec/manifest.ts';

const settings = { architecture: 'amd64', entrypoint: webEntrypoint, command: webCommand, labels: {} };
const program = Buffer.from('a program');

describe('the image of a directory', () => {
  it('has the same digest whenever it is built, and another for another version', async () => {
    const [once, again, other] = await Promise.all(
      ['1.0.0', '1.0.0', '1.1.0'].map((version) => buildImage(webFiles(version, program), settings)),
    );
    expect(once?.manifest.descriptor.digest).toBe(again?.manifest.descriptor.digest);
    expect(once?.manifest.descriptor.digest).not.toBe(other?.manifest.descriptor.digest);
  });

  it('is one that every registry takes: its manifest names config and layer by digest, its config the layer unpacked', async () => {
    const image = await buildImage(webFiles('1.0.0', program), settings);
    expect(parseManifest(image.manifest.bytes, image.manifest.descriptor.mediaType)).toMatchObject({
      kind: 'image',
      config: image.config.descriptor,
      layers: [image.layer.descriptor],
    });
    const config = JSON.parse(Buffer.from(image.config.bytes).toString('utf8'));
    const tar = await promisify(gunzip)(image.layer.bytes);
    expect(config).toMatchObject({
      os: 'linux',
      config: { Entrypoint: ['/bin/busybox'], Cmd: ['sh', '/app/start.sh'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    });
  });

  it('has every directory before what is in it, owned by root, at the beginning of time', async () => {
    const image = await buildImage(webFiles('1.0.0', program), settings);
    const entries = await listTar(await promisify(gunzip)(image.layer.bytes));
    expect(entries.map((entry) => entry.name)).toEqual([
      'app/',
      'app/www/',
      'bin/',
      'app/start.sh',
      'app/version',
      'app/www/index.html',
      'bin/busybox',
    ]);
    for (const entry of entries) expect(entry).toMatchObject({ uid: 0, gid: 0, mtime: new Date(0) });
    expect(entries.at(-1)?.mode).toBe(0o755);
  });
});

describe('a program that needs nothing beside itself', () => {
  it('is this machine’s busybox where it is static, and never Node.js', async () => {
    const busybox = await readStaticBusybox();
    if (busybox !== undefined) expect(isStaticElf(busybox)).toBe(true);
    expect(isStaticElf(Buffer.from('#!/bin/sh'))).toBe(false);
    expect(isStaticElf(elf([{ type: 1 }, { type: 3 }]))).toBe(false);
    expect(isStaticElf(elf([{ type: 1 }]))).toBe(true);
    expect(isStaticElf(elf([{ type: 1 }]).subarray(0, 64))).toBe(false);
  });
});

/** The head of a 64-bit program with the given program headers. */
function elf(headers: readonly { readonly type: number }[]): Uint8Array {
  const bytes = Buffer.alloc(64 + headers.length * 56);
  bytes.writeUInt32BE(0x7f454c46, 0);
  bytes.set([2, 1], 4);
  bytes.writeBigUInt64LE(64n, 0x20);
  bytes.writeUInt16LE(56, 0x36);
  bytes.writeUInt16LE(headers.length, 0x38);
  for (const [index, { type }] of headers.entries()) bytes.writeUInt32LE(type, 64 + index * 56);
  return bytes;
}

async function listTar(bytes: Uint8Array) {
  const tar = extract();
  tar.end(Buffer.from(bytes));
  const entries = [];
  for await (const entry of tar) {
    entries.push(entry.header);
    entry.resume();
  }
  return entries;
}
