// Prints the one line that sums up a test run, from vitest's JSON report. A missing report is a failure.
// Plain JavaScript, so that it also speaks where the install failed.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

let report = null
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
} catch (error) {
  console.log(`no test report: ${error.message}`)
}

/** The files that took longest, which is where a run's time goes. */
function slowest({ testResults }) {
  const seconds = testResults.map((f) => [(f.endTime - f.startTime) / 1000, relative(process.cwd(), f.name)])
  const longest = seconds.toSorted((a, b) => b[0] - a[0]).slice(0, 8)
  return longest.map(([time, file]) => `${time.toFixed(0).padStart(5)} s  ${file}`)
}

if (report === null) {
  console.log('0 passed, 1 failed')
  process.exitCode = 1
} else {
  console.log(`slowest files:\n${slowest(report).join('\n')}`)
  // A file that could not be loaded has no tests in the report, and is a failure all the same.
  const broken = report.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0)
  const failed = report.numFailedTests + broken.length
  const skipped = report.numPendingTests + report.numTodoTests
  console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  if (failed > 0 || !report.success) process.exitCode = 1
}
