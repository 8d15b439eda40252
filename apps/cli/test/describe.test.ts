import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeNpy, tensorFromData, zeros } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { ntk, temporaryFolder } from './support.js'

const conv = ['Conv', { out: 4, filter: [3, 3], padding: 'SAME' }]
const pooled = ['serial', conv, ['Gelu'], ['GlobalAvgPool'], ['Dense', { out: 1 }]]
const flat = ['serial', conv, ['Gelu'], ['Flatten'], ['Dense', { out: 1 }]]

function folderWith(net: unknown): string {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'net.json'), JSON.stringify(net))
  return cwd
}

describe('ntk describe', () => {
  it('prints a row a layer, and what the whole takes', async () => {
    const cwd = folderWith(pooled)
    const { stdout, code } = await ntk(
      ['describe', '--network', 'net.json', '--shape', '5,6,2', '--train', '12'],
      { cwd },
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/^layer +values behind it +needs +comes in +numbers a pair +operations a pair\n/)
    expect(stdout).toMatch(/\nConv +n × 5 × 6 × 4 +same +full +900 /)
    expect(stdout).toMatch(/\nGlobalAvgPool +n × 4 +full +full +1 /)
    expect(stdout).toMatch(/\npairs +78 of 12 samples, in 1 tile /)
    expect(stdout).toMatch(/\nmemory .* at the peak .*: fits\n$/)
  })

  it('says how right quadratures are, where there are any', async () => {
    const net = [
      'serial',
      ['Dense', { out: 8 }],
      ['Tanh'],
      ['Dense', { out: 8 }],
      ['Elu', { alpha: 1 }],
      ['Dense', { out: 1 }],
    ]
    const args = ['describe', '--network', 'net.json', '--shape', '5', '--train', '12']
    const { stdout } = await ntk(args, { cwd: folderWith(net) })
    expect(stdout).toMatch(
      /\naccuracy +2 layers by quadrature, right to 1·10⁻¹³ each: K to 2·10⁻¹³ of its diagonal/,
    )
    expect((await ntk(args, { cwd: folderWith(flat) })).stdout).not.toMatch(/accuracy/)
  })

  it('gives the same as JSON, of --inputs by their headers', async () => {
    const cwd = folderWith(flat)
    writeFileSync(join(cwd, 'x.npy'), encodeNpy(zeros([7, 5, 6, 2])))
    writeFileSync(join(cwd, 'y.npy'), encodeNpy(zeros([3, 5, 6, 2])))
    const args = ['describe', '--network', 'net.json', '--inputs', 'x.npy', '--inputs2', 'y.npy', '--json']
    const found = JSON.parse((await ntk(args, { cwd })).stdout)
    expect(found).toMatchObject({
      inputShape: [-1, 5, 6, 2],
      pairs: 21,
      way: 'layers',
      resultBytes: 8 * 21,
      memory: { fits: true },
    })
    expect(
      found.layers.map(({ name, elements }: { name: string; elements: number }) => [name, elements]),
    ).toEqual([
      ['Conv', 30],
      ['Gelu', 30],
      ['Flatten', 1],
      ['Dense', 1],
    ])
  })

  it('takes a config of ntk kernel', async () => {
    const cwd = folderWith(flat)
    writeFileSync(join(cwd, 'job.yaml'), 'network: { hidden: [8] }\nsink: tiles\nshard: 1/2\nget: nngp\n')
    const found = JSON.parse((await ntk(['describe', '--config', 'job.yaml', '--json'], { cwd })).stdout)
    expect(found).toMatchObject({ way: 'vectors', memory: { parts: { result: 0 } } })
    expect(existsSync(join(cwd, 'tiles'))).toBe(false)
  })

  it.each([
    [['--inputs', 'none.npy'], /headers of --inputs/],
    [['--inputs', 'x.npy', '--shape', '3'], /has a shape beside inputs/],
    [['--shape', '0,3'], /shape/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await ntk(['describe', ...args], { cwd: temporaryFolder() })
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('ntk kernel --plan', () => {
  it('tells pairs, operations, memory and time, and does nothing', async () => {
    const cwd = folderWith(flat)
    const args = ['kernel', '--network', 'net.json', '--train', '30', '--plan']
    const { stdout } = await ntk(args, { cwd })
    expect(stdout).toMatch(/\npairs +465 of 30 samples, in \d+ tiles/)
    expect(stdout).toMatch(/\noperations .*layer by layer\n/)
    expect(stdout).toMatch(/\nmemory .*samples .*kernel and tiles .*eigenvalues .* free: fits\n/)
    expect(stdout).toMatch(/\ntime +about .* s for the kernel, .* s for its eigenvalues\n/)
    const { plan } = JSON.parse((await ntk([...args, '--json'], { cwd })).stdout)
    expect(plan).toMatchObject({ pairs: 465, result: 7200, memory: { fits: true } })
    expect(plan.memory.total).toBe(plan.memory.samples + plan.memory.kernel + plan.memory.spectrum)
    expect(plan.time.kernel).toBeGreaterThan(0)
    expect(existsSync(join(cwd, 'kernel.npy'))).toBe(false)
  })

  it('tells the time of a shard, and of two sets of samples', async () => {
    const cwd = folderWith(flat)
    writeFileSync(join(cwd, 'x.npy'), encodeNpy(zeros([7, 5, 6, 2])))
    const args = ['--network', 'net.json', '--plan', '--inputs', 'x.npy']
    const across = await ntk(['kernel', ...args, '--inputs2', 'x.npy'], { cwd })
    expect(across.stdout).toMatch(/\npairs +49 of 7 × 7 samples/)
    const shard = await ntk(['kernel', ...args, '--sink', 'tiles', '--shard', '1/4'], { cwd })
    expect(shard.stdout).toMatch(/for the kernel, this part of it, .* for all/)
    expect(existsSync(join(cwd, 'tiles'))).toBe(false)
  })

  it('says that a kernel does not fit, and what would; the run is refused before anything is read', async () => {
    const cwd = temporaryFolder()
    const many = ['kernel', '--train', '1000000', '--hidden', '8']
    const { stdout, code } = await ntk([...many, '--plan'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /\nmemory +7\.3 TB.*: does not fit\nwould fit +(--sink DIR holds .*7\.3 TB.*; or )?\d+ samples\n/,
    )
    const refused = await ntk(many, { cwd })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(
      /--train\) asks for more than the memory that is free[\s\S]*What fits: .*\d+ samples/,
    )
  })

  it('does not try a network of which not even one pair fits', async () => {
    const cwd = folderWith(pooled)
    const x = new Float64Array(2 * 300 * 300)
    writeFileSync(join(cwd, 'x.npy'), encodeNpy(tensorFromData(x, [2, 300, 300, 1])))
    const args = ['kernel', '--network', 'net.json', '--inputs', 'x.npy']
    const { stdout } = await ntk([...args, '--plan'], { cwd })
    expect(stdout).toMatch(/does not fit\nwould fit +not even one pair of samples/)
    expect(stdout).not.toMatch(/\ntime/)
    const refused = await ntk(args, { cwd })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/inputs \(--inputs\) asks for more/)
  })
})
