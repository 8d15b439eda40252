// Prints the one line that sums up a test run, from vitest's JSON report. A missing report is a failure.
// Plain JavaScript, so that it also speaks where the install failed.
import { readFileSync } from 'node:fs'

let report = null
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
} catch (error) {
  console.log(`no test report: ${error.message}`)
}

if (report === null) {
  console.log('0 passed, 1 failed')
  process.exitCode = 1
} else {
  // A file that could not be loaded has no tests in the report, and is a failure all the same.
  const broken = report.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0)
  const failed = report.numFailedTests + broken.length
  const skipped = report.numPendingTests + report.numTodoTests
  console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  if (failed > 0 || !report.success) process.exitCode = 1
}
