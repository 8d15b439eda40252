/**
 * What a worker thread runs: an instance of the same module on the shared memory, and calls from a table, taken one task
 * at a time until none is left. Plain JavaScript in a string, so that no bundler has to find a file.
 *
 * control: [0] rounds begun, [1] tasks taken so far, [2] tasks given out so far, [3] tasks done so far,
 * [4] first task of this round, [5] calls of a task, [6] workers that have started, [7] tasks that broke off. Counts never
 * go back (they wrap), but for the last.
 */
export const RECORD: number = 16

export const workerSource = (host: 'node' | 'browser'): string =>
  host === 'node'
    ? `${work}work(require('node:worker_threads').workerData)`
    : `${work}self.onmessage = ({ data }) => work(data)`

const work = `
function work({ module, memory, control, table, names }) {
const { exports } = new WebAssembly.Instance(module, { env: { memory } })
const calls = names.map((name) => exports[name])
let round = 0
Atomics.add(control, 6, 1)
Atomics.notify(control, 6)
for (;;) {
  Atomics.wait(control, 0, round)
  round = Atomics.load(control, 0)
  for (;;) {
    const task = Atomics.load(control, 1)
    if (task === Atomics.load(control, 2)) break
    if (Atomics.compareExchange(control, 1, task, (task + 1) | 0) !== task) continue
    const count = control[5]
    const first = ((task - control[4]) | 0) * count
    try {
      for (let i = first; i < first + count; i++) {
        const r = i * ${RECORD}
        calls[table[r]](
          table[r + 1], table[r + 2], table[r + 3], table[r + 4], table[r + 5], table[r + 6],
          table[r + 7], table[r + 8], table[r + 9], table[r + 10], table[r + 11], table[r + 12],
          table[r + 13], table[r + 14], table[r + 15],
        )
      }
    } catch {
      Atomics.add(control, 7, 1)
    }
    Atomics.add(control, 3, 1)
    Atomics.notify(control, 3)
  }
}
}
`
