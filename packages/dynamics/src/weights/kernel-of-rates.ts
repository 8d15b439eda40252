import { add, mul, NtkError, sameShape, showShape, type Tensor } from '@ntk/tensor'
import { isRecord, requireTensor, show } from '@ntk/tensor/options'

/** η of each part, by its name or as a function of it. */
export type Rates = Readonly<Record<string, number>> | ((part: string) => number)

/**
 * Θ = Σ_l η_l Θ_l: the kernel by which a network moves whose parts learn at rates of their own (Lee et al. 2019, Equation S37 and what follows), from
 * the terms that `empiricalNtkPartsFn` gives by layer. A rate of 0 freezes a part. Predict with it at the learning rate that the rates multiply.
 *
 * Every part needs a rate and every rate a part: NtkError 'option'; 'shape' and 'dtype' where parts are no terms of one kernel, 'value' for a rate that is none.
 */
export function kernelOfRates(parts: Readonly<Record<string, Tensor>>, rates: Rates): Tensor {
  if (!isRecord(parts) || Object.keys(parts).length === 0) {
    throw new NtkError('value', {
      what: 'kernelOfRates needs kernels by the names of their parts.',
      got: show(parts),
      fix: 'Give what empiricalNtkPartsFn(apply)(x1, x2, params) resolves to.',
    })
  }
  const names = Object.keys(parts)
  const rateOf = readRates(names, rates)
  const terms = names.map((name) => {
    const part = parts[name] as Tensor
    requireTensor(part, `The part ${name} of kernelOfRates`)
    const first = parts[names[0] as string] as Tensor
    if (part.dtype !== first.dtype || !sameShape(part.shape, first.shape)) {
      throw new NtkError(part.dtype === first.dtype ? 'shape' : 'dtype', {
        what: `Parts of a kernel are of one shape and dtype, ${showShape(first.shape)} of ${first.dtype}.`,
        got: `${showShape(part.shape)} of ${part.dtype} for ${name}`,
      })
    }
    return mul(part, rateOf(name))
  })
  return terms.reduce((a, b) => add(a, b))
}

function readRates(names: readonly string[], rates: Rates): (name: string) => number {
  if (typeof rates !== 'function') {
    if (!isRecord(rates)) {
      throw new NtkError('value', {
        what: 'kernelOfRates needs rates by the names of the parts, or a function of a name.',
        got: show(rates),
        fix: `Parts are ${names.join(', ')}.`,
      })
    }
    const wrong = Object.keys(rates).find((name) => !names.includes(name))
    const missing = names.find((name) => !(name in rates))
    if (wrong !== undefined || missing !== undefined) {
      throw new NtkError('option', {
        what: 'kernelOfRates needs a rate for each part, and none beside.',
        got: wrong === undefined ? `none for ${missing}` : `one for ${wrong}`,
        fix: `Parts are ${names.join(', ')}; write 0 for those that are frozen.`,
      })
    }
  }
  return (name) => {
    const rate: unknown = typeof rates === 'function' ? rates(name) : rates[name]
    if (typeof rate === 'number' && rate >= 0 && rate !== Infinity) return rate
    throw new NtkError('value', { what: `The rate of ${name} needs a finite number >= 0.`, got: show(rate) })
  }
}
