/** Warnings in a metadata file of buildx. */
import { describe, expect, it } from 'vitest';
import { readBuildxWarnings } from '../../../../release/builders/buildx/buildx-warnings.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const at = (name: string) => `src/${name}`;

describe('warnings of BuildKit', () => {
  it('are read with file, line and the address that explains them', () => {
    const warning = {
      level: 1,
      short: base64('MaintainerDeprecated: use a label (line 5)'),
      url: 'https://example.com/rule/',
      sourceInfo: { filename: 'Dockerfile', data: base64('FROM scratch') },
      range: [{ start: { line: 5 }, end: { line: 5 } }],
    };
    expect(readBuildxWarnings(JSON.stringify({ 'buildx.build.warnings': [warning] }), at)).toEqual([
      {
        message: 'MaintainerDeprecated: use a label (line 5)',
        url: 'https://example.com/rule/',
        file: 'src/Dockerfile',
        line: 5,
      },
    ]);
  });

  it('need neither place nor address', () => {
    const metadata = JSON.stringify({ 'buildx.build.warnings': [{ short: base64('beware') }] });
    expect(readBuildxWarnings(metadata, at)).toEqual([{ message: 'beware' }]);
  });

  it.each(['{}', 'no JSON', '[]', '{"buildx.build.warnings": 1}', '{"buildx.build.warnings": [1]}'])(
    'are none in %s',
    (metadata) => {
      expect(readBuildxWarnings(metadata, at)).toEqual([]);
    },
  );
});
