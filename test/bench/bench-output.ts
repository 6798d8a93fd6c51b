/** Where a benchmark writes. */

export interface BenchOutput {
  /** How far it is: one line, without its end. */
  readonly say: (line: string) => void;
  /** The report. */
  readonly print: (text: string) => void;
}
