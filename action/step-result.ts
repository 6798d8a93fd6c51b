/** How a step ends, as far as its runner knows. */
export type StepResult = 'passed' | 'failed';
