import { key, NtkError, tensor } from '@ntk/tensor'
import {
  aFloatDType,
  aFunction,
  aKey,
  aSignal,
  aTensor,
  boolean,
  camelCase,
  checkOptions,
  either,
  finite,
  listOf,
  nearest,
  nonNegative,
  number,
  oneOf,
  optional,
  orNull,
  positiveInteger,
  type RulesFor,
  readOptions,
  record,
  recordOf,
  show,
  showBytes,
  suggestion,
} from '@ntk/tensor/options'
import { describe, expect, test } from 'vitest'

interface Settings {
  readonly learningRate?: number
  readonly loss?: 'mean' | 'sum'
  readonly momentum?: number | null
  readonly steps: number
  readonly limit?: number | { readonly train?: number | undefined; readonly test?: number }
  readonly at?: readonly number[]
  readonly onProgress?: (done: number) => void
}

const rules = {
  learningRate: nonNegative(1),
  loss: oneOf(['mean', 'sum'], 'mean'),
  momentum: orNull(
    number('a number in [0, 1)', (v) => v >= 0 && v < 1),
    null,
  ),
  steps: positiveInteger(),
  limit: optional(
    either(positiveInteger(), record({ train: optional(positiveInteger()), test: positiveInteger(7) })),
  ),
  at: optional(listOf(positiveInteger())),
  onProgress: optional(aFunction<(done: number) => void>()),
} satisfies RulesFor<Settings>

const read = (given: unknown): unknown => readOptions('walk', rules, given)

function messageOf(f: () => unknown): string {
  try {
    f()
  } catch (error) {
    if (NtkError.isInstance(error)) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no error'
}

describe('options', () => {
  test('come back with their defaults, nested ones too', () => {
    expect(readOptions('walk', rules, { steps: 3, limit: { train: 2 }, at: undefined })).toEqual({
      learningRate: 1,
      loss: 'mean',
      momentum: null,
      steps: 3,
      limit: { train: 2, test: 7 },
    })
    expect(readOptions('walk', { a: finite(2), b: optional(boolean()) }, undefined)).toEqual({ a: 2 })
  })

  test('are typed by their rules', () => {
    const o = readOptions('walk', rules, { steps: 3 })
    const loss: 'mean' | 'sum' = o.loss
    const momentum: number | null = o.momentum
    const onProgress: ((done: number) => void) | undefined = o.onProgress
    expect([loss, momentum, onProgress]).toEqual(['mean', null, undefined])
  })

  test.each([
    [5, /^option: walk takes its options by name, in a record\. Got 5\. Write \{ learningRate: 5 \}\.$/],
    ['sum', /Got "sum"\. Write \{ loss: "sum" \}\.$/],
    [null, /Got null\. Its options are learningRate, loss, .*onProgress\.$/],
    [[1], /Got \[1\]\. Write \{ at: \.\.\. \}/],
    [new Map([['steps', 3]]), /Got Map\./],
    [Promise.resolve({ steps: 3 }), /Await it first\.$/],
    [tensor([1]), /Got Tensor\(float64\[1\]\)\. Its options are/],
    [() => undefined, /Got function\. Write \{ onProgress: \.\.\. \}/],
    [{ steps: 3, learningrate: 1 }, /no option "learningrate"\. Did you mean "learningRate"\?$/],
    [{ steps: 3, learning_rate: 1 }, /no option "learning_rate"\. Did you mean "learningRate"\?$/],
    [{ steps: 3, constructor: 1 }, /no option "constructor"\. Known are/],
    [{ steps: 3, weird: undefined }, /no option "weird"/],
    [{}, /walk needs an option "steps", a positive integer\. Got nothing\.$/],
    [{ steps: 1.5 }, /walk needs an option "steps", a positive integer\. Got 1\.5\.$/],
    [{ steps: 3, learningRate: NaN }, /needs an option "learningRate", a number not below 0\. Got NaN\.$/],
    [{ steps: 3, learningRate: null }, /Got null\.$/],
    [{ steps: 3, learningRate: '1' }, /Got "1"\.$/],
    [{ steps: 3, momentum: 1 }, /a number in \[0, 1\), or null\. Got 1\.$/],
    [{ steps: 3, loss: 'MEAN' }, /"mean" or "sum"\. Got "MEAN"\. Did you mean "mean"\?$/],
    [{ steps: 3, limit: { tset: 1 } }, /walk, in "limit", has no option "tset"\. Did you mean "test"\?$/],
    [{ steps: 3, limit: 0 }, /a positive integer, or a record of train, test\. Got 0\.$/],
    [{ steps: 3, at: [1, NaN] }, /a list, each item a positive integer\. Got \[1,NaN\]\.$/],
    [{ steps: 3, onProgress: 1 }, /a function\. Got 1\.$/],
  ] as const)('that are wrong are named with the way out: %s', (given, message) => {
    expect(messageOf(() => read(given))).toMatch(message)
    expect(messageOf(() => checkOptions('walk', rules, given))).toBe(messageOf(() => read(given)))
  })

  test('that hold values of this package say how to make them', () => {
    const kinds = { x: aTensor(), k: aKey(), signal: optional(aSignal()), dtype: aFloatDType('float64') }
    const good = { x: tensor([1]), k: key(0), signal: new AbortController().signal }
    expect(readOptions('draw', kinds, good)).toEqual({ ...good, dtype: 'float64' })
    const of = (change: object): string => messageOf(() => readOptions('draw', kinds, { ...good, ...change }))
    expect(of({ x: [1, 2] })).toMatch(/a tensor\. Got \[1,2\]\. Make one with tensor/)
    expect(of({ k: 3 })).toMatch(/a random key\. Got 3\. Write key\(3\)\./)
    expect(of({ signal: new AbortController() })).toMatch(/Got AbortController\. Give the `signal`/)
    expect(of({ dtype: 'float16' })).toMatch(/"float64" or "float32"\. Got "float16"/)
  })

  test('in a list of records are read one by one', () => {
    const parts = { parts: listOf(record({ name: oneOf(['a', 'b']), size: positiveInteger(2) })) }
    expect(readOptions('join', parts, { parts: [{ name: 'a' }] })).toEqual({
      parts: [{ name: 'a', size: 2 }],
    })
    expect(messageOf(() => readOptions('join', parts, { parts: [{ name: 'a' }, { nmae: 'b' }] }))).toMatch(
      /^option: join, in "parts", in "1", has no option "nmae"\. Did you mean "name"\?$/,
    )
  })

  test('that may be null keep the code of their kind', () => {
    expect(messageOf(() => readOptions('draw', { dtype: orNull(aFloatDType()) }, { dtype: 'int8' }))).toMatch(
      /^dtype: draw needs an option "dtype"/,
    )
  })

  test('of any names follow one rule, and a wrong one is named', () => {
    const sets = { evaluate: recordOf(record({ x: aTensor() })) }
    expect(messageOf(() => readOptions('train', sets, { evaluate: { test: { x: 1 } } }))).toMatch(
      /^option: train, in "evaluate", in "test", needs an option "x", a tensor\. Got 1\./,
    )
    expect(messageOf(() => readOptions('train', sets, { evaluate: { test: 3 } }))).toMatch(
      /^option: train, in "evaluate", needs an option "test", a record of x\. Got 3\./,
    )
  })
})

describe('an unknown word', () => {
  test.each([
    ['W_std', 'wStd'],
    ['b_std', 'bStd'],
    ['diag_reg', 'diagReg'],
    ['diag_reg_absolute_scale', 'diagRegAbsolute'],
    ['trace_axes', 'traceAxes'],
    ['fx_train_0', 'fTrain0'],
    ['fx_train_or_state_0', 'fTrain0'],
    ['fx_test_0', 'fTest0'],
    ['k_test_train', 'kTestTrain'],
    ['x_train', 'xTrain'],
    ['y_train_size', 'ySize'],
    ['compute_cov', 'covariance'],
    ['batch_size', 'tile'],
    ['learning-rate', 'learningRate'],
    ['lr', 'learningRate'],
    ['LEARNINGRATE', 'learningRate'],
    ['_j_rules', 'jRules'],
  ])('%s is %s', (word, ours) => {
    const known =
      'wStd bStd diagReg diagRegAbsolute traceAxes fTrain0 fTest0 kTestTrain xTrain ySize covariance'
    const all = [...known.split(' '), 'tile', 'learningRate', 'jRules']
    expect(nearest(word, all)).toBe(ours)
  })

  test('has no nearest one where all are different, and then all are named', () => {
    expect(nearest('zebra', ['wStd', 'bStd'])).toBeUndefined()
    expect(suggestion('zebra', ['wStd', 'bStd'])).toBe('Known are wStd, bStd.')
    expect(suggestion('zebra', [])).toBe('It takes none.')
    expect(nearest('toString', ['wStd'])).toBeUndefined()
    expect(camelCase('diag_reg')).toBe('diagReg')
  })
})

test('any value is shown short and on one line', () => {
  const circle: unknown[] = []
  circle.push(circle)
  expect(show(circle)).toBe('[[[[...]]]]')
  expect(show(new Float64Array(3))).toBe('Float64Array(3)')
  expect(show({ a: [1, Infinity], b: 'x' })).toBe('{"a":[1,Infinity],"b":"x"}')
  expect(show(2n)).toBe('2')
  expect(show(Array.from({ length: 1000 }, () => 0))).toHaveLength(60)
  expect(show(Object.create(null))).toBe('{}')
})

describe('an amount of memory', () => {
  test.each([
    [0, '0 bytes'],
    [1000, '1000 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.50 KiB'],
    [999.4 * 2 ** 20, '999 MiB'],
    [1010 * 2 ** 20, '1010 MiB'],
    [1023.9 * 2 ** 20, '1.00 GiB'],
    [2 ** 31, '2.00 GiB'],
    [2 ** 60, '1048576 TiB'],
  ])('of %d bytes is shown in the unit that suits it', (bytes, shown) => {
    expect(showBytes(bytes)).toBe(shown)
  })
})
