import { faultOf } from './fault.js'
import { jobNamed } from './jobs.js'
import type { Answer, Question } from './messages.js'

const post = (answer: Answer): void => {
  self.postMessage(answer)
}

async function answer({ id, job, settings }: Question): Promise<void> {
  try {
    const run = await jobNamed(job)
    post({
      id,
      kind: 'result',
      result: await run(settings, (result) => post({ id, kind: 'partial', result })),
    })
  } catch (error) {
    post({ id, kind: 'fault', fault: faultOf(error) })
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Question>) => {
  void answer(data)
})
