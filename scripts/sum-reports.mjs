#!/usr/bin/env node
/**
 * Sums what the suites of .ci/run reported; the last line printed is `N passed, N failed`.
 *
 * Arguments: one per suite, `name=exitCode` (the suite is one test) or `name=exitCode=report.json` (a vitest JSON report).
 * What could hide a failure counts as one: a missing report, an empty suite, a skipped or unfinished test, a test file
 * that did not load, and an exit code that the report does not explain. Exits 1 when anything failed.
 */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * The part of a vitest JSON report that is read here.
 *
 * @typedef {{ fullName: string, status: string }} TestCase
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestCase[] }} TestFile
 * @typedef {{ success: boolean, testResults: TestFile[] }} Report
 */

/**
 * What one suite came to.
 *
 * @typedef {{ passed: number, failures: string[] }} Sum
 */

/**
 * Counts a suite; every failure is a line a person can act on.
 *
 * @param {{ name: string, exitCode: number, report?: Report | undefined, reportPath?: string | undefined }} suite
 * @returns {Sum}
 */
export function sumSuite({ name, exitCode, report, reportPath }) {
  if (reportPath === undefined) {
    return exitCode === 0 ? { passed: 1, failures: [] } : { passed: 0, failures: [`${name}: exit code ${exitCode}`] };
  }
  if (report === undefined) return { passed: 0, failures: [`${name}: no report (exit code ${exitCode})`] };
  const cases = report.testResults.flatMap((file) => file.assertionResults);
  const failures = [
    ...cases.filter(({ status }) => status !== 'passed').map((test) => `${name}: ${test.status}: ${test.fullName}`),
    ...report.testResults
      .filter(hasNoCaseToBlame)
      .map((file) => `${name}: ${file.name}: ${file.message || 'no test in it'}`),
  ];
  if (cases.length === 0 && failures.length === 0) failures.push(`${name}: no test ran`);
  if (exitCode !== 0 && failures.length === 0)
    failures.push(`${name}: exit code ${exitCode} although every test passed`);
  return { passed: cases.filter(({ status }) => status === 'passed').length, failures };
}

/** A file that failed outside its tests (it did not load, a hook threw), or that has no test at all. @param {TestFile} file */
function hasNoCaseToBlame(file) {
  if (file.assertionResults.length === 0) return true;
  return file.status === 'failed' && file.assertionResults.every(({ status }) => status === 'passed');
}

/** @param {string} argument */
function readSuite(argument) {
  const [name = '', exitCode = '', reportPath] = argument.split('=');
  return { name, exitCode: Number.parseInt(exitCode, 10), reportPath, report: readReport(reportPath) };
}

/**
 * @param {string | undefined} path
 * @returns {Report | undefined}
 */
function readReport(path) {
  if (path === undefined || !existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sums = process.argv.slice(2).map((argument) => sumSuite(readSuite(argument)));
  const failures = sums.length === 0 ? ['no suite was named'] : sums.flatMap((sum) => sum.failures);
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${sums.reduce((total, sum) => total + sum.passed, 0)} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
