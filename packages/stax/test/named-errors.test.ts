import { kernelFn, kernelOf, namesOf } from '@ntk/kernels-analytic'
import { key, normal } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { Dense, fromSpec, type Layer, named, Relu, repeat, serial } from '../src/index.js'
import { messageOf } from './helpers.js'

const x1 = normal(key(1), [7, 5])

describe('errors of names', () => {
  const net = serial(repeat(named('block', Dense(2)), 3), named('end', Dense(1)), named('twice', Relu()))
  const twice = serial(net, named('twice', Relu()))

  test.each([
    ['a name that no layer has', net, ['blok.2'], /option: .*"blok\.2", which no layer has.*"block\.2"/s],
    ['a name that is repeated', net, ['block'], /It is repeated: take "block\.1" to "block\.3"/],
    ['a name of two layers', twice, ['twice'], /"twice", which 2 layers have.*Give each its own/s],
    ['a network without names', Dense(1), ['end'], /Name layers: named\('block', layer\)/],
    ['a name twice', net, ['end', 'end'], /option: .*at.*each once/s],
    ['an empty list', net, [], /option: .*at/s],
  ] as const)('%s', async (_, layer, at, message) => {
    expect(messageOf(() => kernelOf(layer, x1, null, { at }))).toMatch(message)
    const { code, text } = await kernelFn(layer)(x1, null, { at }).then(
      () => ({ code: '', text: 'nothing was thrown' }),
      (error: { code: string; message: string }) => ({ code: error.code, text: error.message }),
    )
    expect(`${code}: ${text}`).toMatch(message)
  })

  test('namesOf knows the names too', () => {
    expect(namesOf(net, 'end')).toEqual(['end'])
    expect(messageOf(() => namesOf(net, 'blok'))).toMatch(/option: namesOf .*"blok", which no layer has/s)
  })

  test.each([
    ['no name', () => named('', Relu())],
    ['a dot, which numbers copies', () => named('block.1', Relu())],
    ['a name with a slash', () => named('a/b', Relu())],
    ['no layer', () => named('a', Relu as unknown as Layer)],
    [
      'several values',
      () => fromSpec(['serial', ['named', { name: 'a' }, ['FanOut', { n: 2 }]], ['FanInSum']]),
    ],
  ])('%s', (_, make) => {
    expect(messageOf(make)).toMatch(/^spec: /)
  })
})
