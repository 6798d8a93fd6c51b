/** A starter as somebody copies it: their own values filled in, and a job behind it that tells what came out. */
import { parse, stringify } from 'yaml';
import { readText } from '../repository-files.ts';

/** What somebody changes in a starter. */
export interface OwnValues {
  readonly with?: Readonly<Record<string, string | boolean>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

interface CallingJob {
  readonly with: object;
}

/** Id of the step whose output `outputs` has those of the called workflow, as JSON. */
export const tellingStep = 'told';

/** The text of the starter with the values. */
export function fillStarter(name: string, { with: inputs = {}, secrets }: OwnValues = {}): string {
  const starter: { readonly jobs: Readonly<Record<string, CallingJob>> } = parse(readText(`workflows/${name}`));
  const [called] = Object.entries(starter.jobs);
  if (called === undefined) throw new Error(`workflows/${name} has no job`);
  const [id, job] = called;
  const filled = { ...job, with: { ...job.with, ...inputs }, ...(secrets === undefined ? {} : { secrets }) };
  const telling = {
    needs: id,
    'runs-on': 'ubuntu-latest',
    steps: [
      {
        id: tellingStep,
        env: { OUTPUTS: `\${{ toJSON(needs.${id}.outputs) }}` },
        run: `echo "outputs=$(printenv OUTPUTS | tr -d '\\n')" >> "$GITHUB_OUTPUT"`,
      },
    ],
  };
  return stringify({ ...starter, jobs: { [id]: filled, telling } });
}
