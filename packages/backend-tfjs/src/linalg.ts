import {
  type Aval,
  allocate,
  hostBackend,
  type InputArity,
  type Inputs,
  type LinalgParams,
  mapInputs,
  mapOutputs,
  type OutputArity,
  type Outputs,
  type Params,
  type TypedArray,
  zipOutputs,
} from '@ntk/tensor'
import type { Tf, TfRule, TfTable, TfTensor } from './rule.js'

function float64(x: TfTensor): TypedArray {
  const data = allocate('float64', x.size)
  data.set(x.dataSync())
  return data
}

/** Reads the matrices, computes in float64 on the host, and rounds what comes out once. */
function onHost<P extends keyof LinalgParams>(
  primitive: P,
  tf: Tf,
  inputs: Inputs<P, TfTensor>,
  params: Params<P>,
  outputs: Outputs<P, Aval>,
): Outputs<P, TfTensor> {
  const host = hostBackend()
  const uploaded = mapInputs(inputs, (x) => ({
    buffer: host.upload(float64(x), x.shape, 'float64'),
    shape: x.shape,
    dtype: 'float64' as const,
  }))
  const wide = mapOutputs(outputs, ({ shape }) => ({ shape, dtype: 'float64' as const }))
  const buffers = host.run(primitive, uploaded, params, wide)
  return zipOutputs(buffers, outputs, (buffer, { shape }) => {
    const data = host.readSync({ buffer, shape, dtype: 'float64' }) ?? new Float64Array(0)
    return tf.tensor(Float32Array.from(data), [...shape], 'float32')
  })
}

/** For devices whose numbers can be read at once; elsewhere `choleskyAsync` and the like do the same. */
function rule<P extends keyof LinalgParams>(primitive: P): TfRule<InputArity<P>, Params<P>, OutputArity<P>> {
  return {
    dtypes: ['float32'],
    kernels: [],
    blocks: true,
    run: (tf, inputs, params, outputs) => onHost(primitive, tf, inputs, params, outputs),
  }
}

export const linalg: TfTable<keyof LinalgParams> = {
  cholesky: rule('cholesky'),
  triangularSolve: rule('triangularSolve'),
  solve: rule('solve'),
  eigh: rule('eigh'),
}
