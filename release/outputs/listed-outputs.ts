/** Every output with its other form, for the pages that list them. */
import { type OutputEntry, outputs } from '../settings/outputs.ts';

/** What one line of an array's other form is. */
const lineForms: Readonly<Record<string, string>> = {
  moved: 'References of the tags that were created or moved',
  held: 'References of the floating tags that stayed where they are',
  images: 'The image by its digest, in every repository that has it',
};

/** The table of outputs; what has several entries can be had one a line as well as in a JSON array. */
export const listedOutputs: readonly OutputEntry[] = outputs.flatMap((entry): readonly OutputEntry[] => {
  const { name, format, commands } = entry;
  if (format === 'lines') {
    return [
      entry,
      { name: `${name}-json`, format: 'json', description: `The same as ${name}, as an array.`, commands },
    ];
  }
  const line = lineForms[name];
  if (line === undefined) return [entry];
  return [entry, { name: `${name}-lines`, format: 'lines', description: `${line}, one a line.`, commands }];
});
