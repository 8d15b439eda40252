import { add, div, mul, sub } from '@ntk/tensor'
import { nonNegativeInteger, type Rule } from '@ntk/tensor/options'
import { type Activation, activation } from './activation.js'

const options: { readonly degree: Rule<number> } = { degree: nonNegativeInteger() }

export const Hermite: Activation<typeof options, 'degree'> = activation({
  name: 'Hermite',
  summary: 'The Hermite polynomial of `degree`, orthonormal under the normal distribution: He_n(x)/√n!.',
  options,
  examples: [{ degree: 3 }],
  argument: 'degree',
  apply: (x, { degree }) => {
    // √(n+1) h_{n+1} = x h_n − √n h_{n−1}
    let before = mul(x, 0)
    let here = add(before, 1)
    for (let n = 0; n < degree; n++) {
      const next = div(sub(mul(x, here), mul(before, Math.sqrt(n))), Math.sqrt(n + 1))
      before = here
      here = next
    }
    return here
  },
  dual: null,
})
