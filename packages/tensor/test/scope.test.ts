import {
  add,
  type Backend,
  bind,
  bindComposite,
  createCpuBackend,
  Donation,
  linearCombinationComposite,
  mul,
  openScope,
  reshape,
  scope,
  sum,
  type Tensor,
  tensor,
  unscoped,
} from '@ntk/tensor'
import { beforeEach, describe, expect, test } from 'vitest'

/** The CPU with memory of its own, as a device has. */
let device: Backend
const held = (): number => device.memory()?.buffers ?? Number.NaN
const on = (values: number[]): Tensor => tensor(values, { backend: device })

/** A number is a tensor on the way: in a scope of its own it leaves nothing. */
const plus = (x: Tensor, k: number): Tensor => scope(() => add(x, k))

beforeEach(() => {
  device = createCpuBackend({ memory: 'owned' })
})

function failure(f: () => unknown): unknown {
  try {
    f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

describe('scope', () => {
  test('frees what was made in it and is not returned, and nothing else', () => {
    const x = on([1, 2, 3])
    const before = held()
    const y = scope(() => mul(add(x, 1), 2))
    expect(held()).toBe(before + 1)
    expect([x.toNested(), y.toNested()]).toEqual([
      [1, 2, 3],
      [4, 6, 8],
    ])
  })

  test('finds results in lists, records, maps and sets', () => {
    const x = on([1, 2])
    const made = (): Tensor => add(x, 1)
    const result = scope(() => {
      made()
      return { list: [made(), null, 3], map: new Map([['a', { deep: made() }]]), set: new Set([made()]), x }
    })
    expect(held()).toBe(1 + 3)
    expect(result.map.get('a')?.deep.toNested()).toEqual([2, 3])
    expect(result.x).toBe(x)
  })

  test('nests: a result of the inner one belongs to the outer one', () => {
    const x = on([1])
    let inner: Tensor | null = null
    const outer = scope(() => {
      inner = scope(() => mul(add(x, 1), 3))
      const own = plus(inner, 1)
      expect(held()).toBe(3)
      return own
    })
    expect(held()).toBe(2)
    expect(outer.toNested()).toEqual([7])
    expect(failure(() => plus(inner as unknown as Tensor, 1))).toMatchObject({ code: 'freed' })
  })

  test('a tensor that outlives its scope by a variable is an error that says so', () => {
    const x = on([1, 2])
    let leaked: Tensor | null = null
    scope(() => {
      leaked = add(x, 1)
    })
    const lost = leaked as unknown as Tensor
    for (const use of [() => add(lost, 1), () => lost.dataSync(), () => reshape(lost, [2, 1])]) {
      expect(failure(use)).toMatchObject({ code: 'freed', fix: expect.stringContaining('unscoped') })
    }
    return expect(lost.data()).rejects.toMatchObject({ code: 'freed' })
  })

  test('frees also where the body throws, and passes the error on', () => {
    const x = on([1])
    const error = new Error('mine')
    expect(
      failure(() =>
        scope(() => {
          add(x, 1)
          throw error
        }),
      ),
    ).toBe(error)
    expect(held()).toBe(1)
    expect(scope(() => 4)).toBe(4)
  })

  test('a result that shares the memory of what is freed keeps it, once', () => {
    const x = on([1, 2, 3, 4])
    const view = scope(() => reshape(add(x, 1), [2, 2]))
    expect(held()).toBe(2)
    expect(view.toNested()).toEqual([
      [2, 3],
      [4, 5],
    ])
    const same = scope(() => reshape(view, [4]))
    scope(() => {
      reshape(view, [1, 4])
    })
    view.dispose()
    expect([held(), same.toNested()]).toEqual([2, [2, 3, 4, 5]])
    scope(() => null, { takes: same })
    same.dispose()
    expect(held()).toBe(1)
  })

  test('takes over tensors from before, and keeps those that are returned', () => {
    const [a, b] = [on([1]), on([2])]
    const next = scope(() => ({ a: add(a, 1), b }), { takes: { a, b } })
    expect(held()).toBe(2)
    expect(next.b.toNested()).toEqual([2])
    expect(failure(() => a.dataSync())).toMatchObject({ code: 'freed' })
  })

  test('leaves what it was to take over where the body throws', () => {
    const a = on([1])
    failure(() =>
      scope(
        () => {
          throw new Error('mine')
        },
        { takes: [a] },
      ),
    )
    expect([a.disposed, a.toNested()]).toEqual([false, [1]])
  })

  test('around many steps it keeps no list of what they freed', () => {
    const kept = scope(() => {
      let state = on([0])
      for (let i = 0; i < 5000; i++) {
        const old = state
        state = scope(() => add(old, 1), { takes: old })
      }
      return state
    })
    expect([held(), kept.toNested()]).toEqual([1, [5000]])
  })

  test('what is made in unscoped lives on', () => {
    const x = on([1])
    const cache: Tensor[] = []
    scope(() => {
      cache.push(unscoped(() => plus(x, 1)))
      add(x, 2)
    })
    expect([held(), cache[0]?.toNested()]).toEqual([2, [2]])
  })

  test('one that is open owns what is made within, until it is closed', () => {
    const x = on([1])
    const open = openScope()
    const kept = scope(() => open.within(() => plus(x, 1)))
    expect([held(), kept.toNested()]).toEqual([2, [2]])
    scope(() => {
      open.within(() => plus(kept, 1))
    })
    expect(held()).toBe(3)
    open.close()
    expect([held(), kept.disposed, x.disposed]).toEqual([1, true, false])
    open.close()
    expect(open.within(() => plus(x, 1)).toNested()).toEqual([2])
  })

  test('on memory that is collected it does nothing', () => {
    const x = tensor([1, 2])
    let kept: Tensor | null = null
    scope(() => {
      kept = add(x, 1)
    })
    expect((kept as unknown as Tensor).toNested()).toEqual([2, 3])
  })

  test('the decomposition of a composite leaves nothing but its result', () => {
    const bare: Backend = { ...device, composites: {} }
    const x = tensor([1, 2], { backend: bare })
    bindComposite(linearCombinationComposite, [x, x], { weights: [2, 3] })
    expect(held()).toBe(2)
  })
})

describe('an asynchronous scope', () => {
  test('owns what is made after it waited, and frees it at its end', async () => {
    const x = on([1, 2])
    const result = await scope(async (s) => {
      const y = add(x, 1)
      const numbers = await s.wait(y.data())
      const z = mul(y, numbers[0] as number)
      await s.wait(Promise.resolve())
      return add(z, 1)
    })
    expect(held()).toBe(2)
    expect(result.toNested()).toEqual([5, 7])
  })

  test('owns nothing of what others make while it waits', async () => {
    const x = on([1])
    let go: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const mine: Tensor[] = []
    const work = scope(async (s) => {
      await s.wait(gate)
      mine.push(add(x, 1))
      await s.wait(Promise.resolve())
      mine.push(add(x, 2))
    })
    const theirs = plus(x, 3)
    const other = (async () => {
      await gate
      const a = plus(x, 4)
      await Promise.resolve()
      return [a, plus(x, 5)]
    })()
    go()
    const list = await other
    await work
    expect([theirs, ...list].map((t) => t.toNested())).toEqual([[4], [5], [6]])
    for (const t of mine) expect(failure(() => t.dataSync())).toMatchObject({ code: 'freed' })
    expect(held()).toBe(4)
  })

  test('two at a time keep their own', async () => {
    const x = on([1])
    const run = (k: number): Promise<Tensor> =>
      scope(async (s) => {
        let y = add(x, k)
        for (let i = 0; i < 10; i++) {
          await s.wait(Promise.resolve())
          y = add(y, 1)
        }
        return y
      })
    const results = await Promise.all([run(1), run(2), run(3)])
    expect(results.map((t) => t.toNested())).toEqual([[12], [13], [14]])
    expect(held()).toBe(4)
  })

  test('frees where it rejects, also after a wait that rejects', async () => {
    const x = on([1])
    const run = scope(async (s) => {
      add(x, 1)
      try {
        await s.wait(Promise.reject(new Error('no')))
      } catch {
        add(x, 2)
      }
      throw new Error('mine')
    })
    await expect(run).rejects.toThrow('mine')
    expect(held()).toBe(1)
  })

  test('nests', async () => {
    const x = on([1])
    const result = await scope(async (s) => {
      const part = await s.wait(
        scope(async (inner) => {
          const y = add(x, 1)
          await inner.wait(y.data())
          return mul(y, 3)
        }),
      )
      expect(held()).toBe(2)
      return sum(part)
    })
    expect([held(), result.item()]).toEqual([2, 6])
  })

  test('after a plain await what is made is nobody’s, and stays', async () => {
    const x = on([1])
    let later: Tensor | null = null
    await scope(async () => {
      add(x, 1)
      await Promise.resolve()
      later = plus(x, 2)
    })
    expect([held(), (later as unknown as Tensor).toNested()]).toEqual([2, [3]])
  })
})

describe('a tensor that was given away', () => {
  const params = { weights: [1, 2] }

  test('is an error by name, whether the backend took it or not, and so is what shares its memory', () => {
    for (const composites of [device.composites, {}]) {
      const backend: Backend = { ...device, composites }
      const [a, b] = [tensor([1, 2], { backend }), tensor([3, 4], { backend })]
      const view = reshape(b, [2, 1])
      const before = held()
      const donation = new Donation([1])
      const [c] = bindComposite<'linearCombination', Tensor>(
        linearCombinationComposite,
        [a, b],
        params,
        donation,
      )
      expect(c.toNested()).toEqual([7, 10])
      expect(failure(() => add(a, b))).toMatchObject({ code: 'donated' })
      expect(failure(() => b.dataSync())).toMatchObject({ code: 'donated' })
      if (donation.taken(1)) {
        expect(failure(() => view.dataSync())).toMatchObject({ code: 'donated' })
        expect(held()).toBe(before)
      } else expect(view.toNested()).toEqual([[3], [4]])
      expect(a.toNested()).toEqual([1, 2])
    }
  })

  test('is used up where the backend took it and failed, and the caller’s where not', () => {
    const indefinite = tensor([
      [1, 2],
      [2, 1],
    ])
    const plain = Array.from(indefinite.dataSync())
    expect(failure(() => bind('cholesky', [indefinite], {}))).toMatchObject({ code: 'not-positive-definite' })
    expect(Array.from(indefinite.dataSync())).toEqual(plain)
    const donation = new Donation([0])
    expect(failure(() => bind('cholesky', [indefinite], {}, donation))).toMatchObject({
      code: 'not-positive-definite',
    })
    expect(donation.taken(0)).toBe(true)
    expect(failure(() => indefinite.dataSync())).toMatchObject({ code: 'donated' })
  })

  test('frees its memory where nobody took it', () => {
    const backend: Backend = { ...device, composites: {} }
    const [a, b] = [tensor([1, 2], { backend }), tensor([3, 4], { backend })]
    bindComposite(linearCombinationComposite, [a, b], params, new Donation([1]))
    expect(held()).toBe(2)
  })
})
