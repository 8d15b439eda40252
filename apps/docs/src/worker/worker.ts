import { threadReport } from '@ntk/tensor'
import { faultOf } from './fault.js'
import { jobNamed } from './jobs.js'
import type { Answer, Question } from './messages.js'

const post = (answer: Answer): void => {
  self.postMessage(answer)
}

async function answer({ id, job, settings }: Question): Promise<void> {
  try {
    const run = await jobNamed(job)
    const result = await run(settings, (part) => post({ id, kind: 'partial', result: part }))
    post({ id, kind: 'result', result, threads: threadReport() })
  } catch (error) {
    post({ id, kind: 'fault', fault: faultOf(error) })
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Question>) => {
  void answer(data)
})
