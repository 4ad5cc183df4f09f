/**
 * The last line of .ci/run: `N passed, N failed`, from what vitest and check.mjs wrote as JSON. Arguments: the exit
 * codes of the two. A run that wrote nothing, ran nothing, or ended badly without naming a culprit counts as a failure.
 */
import { readFile } from 'node:fs/promises';

const [testsExit, checkExit] = process.argv.slice(2).map(Number);

const read = (name) =>
  readFile(new URL(`../.cache/${name}`, import.meta.url), 'utf8').then(JSON.parse, () => undefined);

function testCounts(report) {
  if (report === undefined) return { passed: 0, failed: 0 };
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  // A file that could not even be loaded has failed without a single test in it.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: all.filter(({ status }) => status === 'passed').length,
    failed: all.filter(({ status }) => status === 'failed').length + broken.length,
  };
}

function checkCounts(outcomes = []) {
  const passed = outcomes.filter(({ ok }) => ok).length;
  return { passed, failed: outcomes.length - passed };
}

let passed = 0;
let failed = 0;
for (const [counts, exit] of [
  [testCounts(await read('tests.json')), testsExit],
  [checkCounts(await read('check.json')), checkExit],
]) {
  const unnamed = counts.failed === 0 && (exit !== 0 || counts.passed === 0);
  passed += counts.passed;
  failed += counts.failed + (unnamed ? 1 : 0);
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
