/**
 * Exports that take what packages and backends have checked already, in loops where another look would cost: they are how the
 * house is built, and no user calls them with arguments of their own.
 */
export const apart: ReadonlySet<string> = new Set([
  // classes, which users get and do not make
  'tensor.NtkError',
  'tensor.Tensor',
  'tensor.Donation',
  'optim.TrainingStopped',
  // between copies of the package
  'tensor.copiesError',
  'tensor.markCopy',
  'analytic.dualStackVariance',
  // below the ops
  'tensor.bind',
  'tensor.bind1',
  'tensor.infer',
  'tensor.runFused',
  'tensor.broadcastIndices',
  'tensor.sizeOf',
  'tensor.stridesOf',
  'tensor.bindComposite',
  'tensor.inferComposite',
  'tensor.evaluateReference',
  'tensor.mapInputs',
  'tensor.mapOutputs',
  'tensor.zipOutputs',
  'tensor.each',
  'tensor.eachOf',
  'tensor.withLevel',
  // their first argument is the name of the function that asks
  'tensor.normalizeAxis',
  'tensor.normalizeAxes',
  'tensor.broadcastShapes',
  'tensor.requireFloat',
  'tensor.allocateDirty',
])
