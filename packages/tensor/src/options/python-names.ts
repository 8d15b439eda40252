/**
 * Options of neural-tangents, JAX and optax whose name here is more than the same words in camelCase, each with the names
 * it may have here: which one depends on the function.
 */
export const pythonNames: Readonly<Record<string, readonly string[]>> = {
  // stax
  out_dim: ['out'],
  out_chan: ['out'],
  n_chan_out: ['out'],
  eps: ['epsilon'],
  filter_shape: ['filter'],
  window_shape: ['window'],
  attention_mechanism: ['mechanism'],
  // predict
  fx_train_0: ['fTrain0'],
  fx_train_or_state_0: ['fTrain0'],
  fx_test_0: ['fTest0'],
  diag_reg_absolute_scale: ['diagRegAbsolute'],
  y_train_size: ['ySize'],
  compute_cov: ['covariance'],
  // kernels
  batch_size: ['tile', 'batchSize'],
  n_samples: ['samples'],
  // jax.random, optax, scikit-learn
  minval: ['min'],
  maxval: ['max'],
  lr: ['learningRate'],
  step_size: ['learningRate'],
  reduction: ['loss'],
  rng: ['key'],
  seed: ['key'],
  random_state: ['key'],
  train_size: ['train'],
  test_size: ['test'],
}
