/** What an image runs on, by its own configuration. */
import { IntegrityError } from '../../../errors/errors.ts';
import { readWhole } from '../../../oci/byte-stream.ts';
import type { Source } from '../../../oci/copy/target.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { parseObject } from '../../../oci/spec/json-value.ts';
import { manifestSizeBytesMax } from '../../../oci/spec/manifest.ts';
import { type Platform, parsePlatform } from '../../../oci/spec/platform.ts';

/** The platform; undefined for a configuration that says none, such as that of a chart. */
export async function readPlatform(
  source: Source,
  config: Descriptor,
  signal: AbortSignal,
): Promise<Platform | undefined> {
  if (config.size > manifestSizeBytesMax) {
    const message = `configuration of ${config.size} bytes, more than ${manifestSizeBytesMax}: ${config.digest}`;
    throw new IntegrityError({ code: 'MANIFEST_TOO_LARGE', message });
  }
  const bytes = await readWhole(await source.fetchBlob(config, signal));
  try {
    return parsePlatform(parseObject(JSON.parse(bytes.toString('utf8')), 'config'), 'config');
  } catch {
    return undefined;
  }
}
