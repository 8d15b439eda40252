import { grad, hessian, jacfwd, jacrev, valueAndGrad, vmap } from '@ntk/autodiff'
import { key, mul, normal, sum, type Tensor } from '@ntk/tensor'
import type { Row } from './row.js'

const x = normal(key(0), [4, 3])
const square = (v: Tensor): Tensor => sum(mul(v, v))
const jacobian = { argnums: 0, chunk: 2 }

export const autodiffRows: readonly Row[] = [
  { name: 'grad', type: 'GradOptions', call: (o) => grad(square as never, o), good: { argnums: [0] } },
  {
    name: 'valueAndGrad',
    type: 'GradOptions',
    call: (o) => valueAndGrad(square, o),
    good: { argnums: [0] },
  },
  { name: 'jacrev', type: 'JacobianOptions', call: (o) => jacrev(square, o), good: jacobian },
  { name: 'jacfwd', type: 'JacobianOptions', call: (o) => jacfwd(square, o), good: jacobian },
  { name: 'hessian', type: 'JacobianOptions', call: (o) => hessian(square, o), good: jacobian },
  {
    name: 'vmap',
    type: 'VmapOptions',
    call: (o) => vmap(square, o)(x),
    good: { inAxes: [-1], outAxes: -1 },
    nullable: ['inAxes', 'outAxes'],
  },
]
