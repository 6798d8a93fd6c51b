/** What is wrong with the settings of one run, so that all of it can be told at once. */
import { CodedError, InputError } from '../../errors/errors.ts';

/** One setting that cannot be taken as it is. */
export interface SettingFault {
  readonly setting: string;
  /** As it was written; undefined for a secret, and for a setting that is missing. */
  readonly value: string | undefined;
  /** What is wrong: `not a platform`. */
  readonly message: string;
  readonly wayOut: string;
}

/** The faults of a run, as they are found. */
export interface SettingFaults {
  add(fault: SettingFault): void;
  /** What `parse` gives; `otherwise`, and a fault, when it throws an error of ours. */
  attempt<T>(at: Pick<SettingFault, 'setting' | 'value'>, parse: () => T, otherwise: T): T;
  /** @throws InputError SETTING_INVALID naming each fault, its value and the way out, when there are any. */
  assertNone(): void;
}

/** Longest value that is repeated in a message: the beginning of a file tells what it is. */
const shownCharsMax = 100;

/** No faults yet. */
export function collectFaults(): SettingFaults {
  const faults: SettingFault[] = [];
  return {
    add(fault) {
      faults.push(fault);
    },
    attempt(at, parse, otherwise) {
      try {
        return parse();
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        faults.push({ ...at, message: error.message, wayOut: error.wayOut });
        return otherwise;
      }
    },
    assertNone() {
      if (faults.length > 0) throw faultsError(faults);
    },
  };
}

function faultsError(faults: readonly SettingFault[]): InputError {
  const told = [...new Set(faults.map(formatFault))];
  const ways = [
    ...new Set(faults.map(({ setting, wayOut }) => (faults.length === 1 ? wayOut : `${setting}: ${wayOut}`))),
  ];
  return new InputError({
    code: 'SETTING_INVALID',
    message: told.length === 1 ? told.join() : `${told.length} settings are not as they must be: ${told.join('; ')}`,
    wayOut: ways.join('; '),
    fields: { settings: [...new Set(faults.map(({ setting }) => setting))], faults: told },
  });
}

function formatFault({ setting, value, message }: SettingFault): string {
  // Errors of the domain name the value themselves.
  if (value === undefined || value === '' || message.includes(JSON.stringify(value))) return `${setting}: ${message}`;
  const shown = value.length > shownCharsMax ? `${value.slice(0, shownCharsMax)}…` : value;
  return `${setting}: ${message}: ${JSON.stringify(shown)}`;
}
