import { deviceHandles } from '@ntk/tensor'
import { expect, test } from 'vitest'

test('What is held is counted, and given back once', () => {
  const released: string[] = []
  const handles = deviceHandles<string>({
    bytesOf: ({ length }) => length,
    release: (value) => released.push(value),
  })
  const [first, second] = [handles.hold({ value: 'abc' }), handles.hold({ value: 'abc' })]
  expect(handles.memory()).toEqual({ buffers: 2, bytes: 6 })
  handles.free(first)
  handles.free(first)
  handles.free({})
  expect(released).toEqual(['abc'])
  expect(handles.memory()).toEqual({ buffers: 1, bytes: 3 })
  handles.free(second)
  expect(handles.memory()).toEqual({ buffers: 0, bytes: 0 })
})
