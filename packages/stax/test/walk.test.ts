import { describe, expect, it } from 'vitest'
import { fromSpec, layersOf, leNet, mapSpec, type Spec, specOf } from '../src/index.js'

const branches: Spec = [
  'serial',
  ['Dense', { out: 8 }],
  ['FanOut', { n: 2 }],
  ['parallel', ['repeat', { n: 3 }, ['serial', ['Relu'], ['Dense', { out: 8, wStd: 2 }]]], ['Identity']],
  ['FanInSum'],
  ['repeat', { n: 2 }, ['repeat', { n: 5 }, ['Erf']]],
]

/** A spec inside a spec, this many times. */
function nested(depth: number): Spec {
  let spec: Spec = ['Relu']
  for (let i = 0; i < depth; i++) spec = ['serial', spec]
  return spec
}

describe('layersOf', () => {
  it('names layers in order, with their places and how often they occur', () => {
    expect(layersOf(branches).map(({ name, path, times }) => [name, path.join('.'), times])).toEqual([
      ['Dense', '0', 1],
      ['FanOut', '1', 1],
      ['Relu', '2.0.0.0', 3],
      ['Dense', '2.0.0.1', 3],
      ['Identity', '2.1', 1],
      ['FanInSum', '3', 1],
      ['Erf', '4.0.0', 10],
    ])
    expect(layersOf(branches)[3]?.options).toEqual({ out: 8, wStd: 2 })
  })

  it('takes a layer for its spec', () => {
    const net = leNet({ out: 10 })
    expect(layersOf(net)).toEqual(layersOf(net.spec))
    expect(layersOf(['Dense', { out: 1 }])).toHaveLength(1)
  })

  it('finds as many parameters as the network has layers with some', () => {
    const net = fromSpec(branches)
    const dense = layersOf(net).filter(({ name }) => name === 'Dense')
    expect(dense.reduce((sum, { times }) => sum + times, 0)).toBe(4)
  })
})

describe('mapSpec', () => {
  it('with the parts put together again gives the same spec', () => {
    expect(mapSpec(branches, ({ name, options, children }) => specOf(name, options, children))).toEqual(
      branches,
    )
  })

  it('hands children on as they were changed', () => {
    const seen: string[] = []
    const wide = mapSpec(branches, ({ name, options, children, path }) => {
      seen.push(`${path.join('.')} ${name} ${children.length}`)
      return specOf(name, name === 'Dense' ? { ...options, out: 64 } : options, children)
    })
    expect(wide[1]).toEqual(['Dense', { out: 64 }])
    expect(seen.at(0)).toBe('0 Dense 0')
    expect(seen.at(-1)).toBe(' serial 5')
    expect(layersOf(wide).filter(({ options }) => options.out === 64)).toHaveLength(2)
    expect(layersOf(branches).filter(({ options }) => options.out === 64)).toHaveLength(0)
  })
})

describe('a walk over a spec', () => {
  const holdsItself: unknown[] = ['serial']
  holdsItself.push(holdsItself)

  it.each<[string, Spec]>([
    ['3,000 deep', nested(3000)],
    ['that holds itself', holdsItself as unknown as Spec],
  ])('%s ends in an error that says so', (_case, spec) => {
    expect(() => layersOf(spec)).toThrow(/A spec may be nested 200 deep/)
    expect(() => mapSpec(spec, ({ name }) => [name])).toThrow(/A spec may be nested 200 deep/)
  })

  it('goes as deep as it says', () => {
    expect(layersOf(nested(200))).toHaveLength(1)
    expect(() => layersOf(nested(201))).toThrow(/nested/)
  })

  it('of what is no spec says where', () => {
    expect(() => layersOf(['serial', ['Relu'], ['serial', 3]] as unknown as Spec)).toThrow(
      /children of serial, at \[1\]/,
    )
  })
})
