// Prints `PASSED FAILED` from vitest's JSON report. A file that could not even be loaded, and a run that failed without
// a failed test (an unhandled error, no report), count as one failure each: silence is never success.
import { readFileSync } from 'node:fs';

const [path, status] = process.argv.slice(2);
let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter((test) => test.status === 'failed').length;
    passed += file.assertionResults.filter((test) => test.status === 'passed').length;
    failed += file.status === 'failed' && failures === 0 ? 1 : failures;
  }
} catch {
  failed += 1;
}
if (status !== '0' && failed === 0) failed = 1;
process.stdout.write(`${passed} ${failed}\n`);
