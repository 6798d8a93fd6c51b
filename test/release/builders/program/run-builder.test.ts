/** A builder that fails, and what is known of it then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../../errors/errors.ts';
import { openRedactor } from '../../../../release/builders/program/redactor.ts';
import { type BuilderCommand, runBuilder } from '../../../../release/builders/program/run-builder.ts';
import { sampleParts } from '../sample-request.ts';
import { openTestDirectory, type TestDirectory } from '../test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory();
});
afterEach(() => directory.close());

async function failureOf(script: string, given: Partial<BuilderCommand> = {}): Promise<InputError> {
  const command: BuilderCommand = { builder: 'docker', program: 'sh', words: ['-c', script], ...given };
  const error: unknown = await runBuilder(command, sampleParts(directory.path)).catch((thrown: unknown) => thrown);
  if (error instanceof InputError) return error;
  throw new Error(`not the error that was expected: ${error}`);
}

describe('a builder', () => {
  it('that fails is an error with its exit code, its last lines and the cause among them', async () => {
    const error = await failureOf('echo step 1; echo "ERROR: no such file" >&2; exit 3');
    expect(error.code).toBe('BUILD_FAILED');
    expect(error.message).toBe('docker ended with exit code 3: no such file');
    expect(error.fields).toMatchObject({ builder: 'docker', exitCode: 3 });
    expect(error.fields['lastLines']).toEqual(expect.arrayContaining(['step 1', 'ERROR: no such file']));
  });

  it('that a signal ended says so', async () => {
    expect((await failureOf('kill -9 $$')).message).toBe('docker was ended by a signal');
  });

  it('that is not there is missing', async () => {
    expect((await failureOf('true', { program: 'no-such-builder' })).code).toBe('BUILDER_MISSING');
  });

  it('says no secret, neither on its way nor in the end', async () => {
    const lines: string[] = [];
    const parts = sampleParts(directory.path, { onOutput: (line) => lines.push(line) });
    const script = 'echo "token is $SECRET"; echo "ERROR: $SECRET refused; Authorization: Bearer abcdefghijkl"; exit 1';
    const command: BuilderCommand = {
      builder: 'docker',
      program: 'sh',
      words: ['-c', script],
      env: { SECRET: 'hush-hush' },
    };
    const running = runBuilder({ ...command, redactor: openRedactor(['hush-hush']) }, parts);
    const error: unknown = await running.catch((thrown: unknown) => thrown);
    expect(lines).toEqual(['token is ***', 'ERROR: *** refused; Authorization: Bearer abcdefghijkl']);
    const told = error instanceof InputError ? `${error.message} ${JSON.stringify(error.fields)}` : '';
    expect(told).toContain('*** refused');
    expect(told).not.toMatch(/hush-hush|abcdefghijkl/);
  });
});
